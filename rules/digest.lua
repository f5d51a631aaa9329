-- What a digest leaves out: keys of a configuration that say nothing about the architecture.
return {
  ignored = { "_name_or_path", "name_or_path", "transformers_version", "bos_token_id",
    "eos_token_id", "pad_token_id", "sep_token_id", "unk_token_id", "decoder_start_token_id",
    "forced_bos_token_id", "forced_eos_token_id", "use_cache", "initializer_range",
    "initializer_factor", "attention_dropout", "hidden_dropout", "embd_pdrop", "attn_pdrop",
    "resid_pdrop", "dropout", "attention_probs_dropout_prob", "hidden_dropout_prob",
    "activation_dropout", "layerdrop", "auto_map", "router_aux_loss_coef", "aux_loss_alpha",
    "output_router_logits", "pretraining_tp", "finetuning_task", "task_specific_params",
    "summary_first_dropout", "seq_aux", "ep_size", "output_attentions", "output_hidden_states",
    "return_dict", "id2label", "label2id", "_commit_hash", "mlp_dropout",
    "gradient_checkpointing" },
}
