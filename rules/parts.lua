-- Parts of a model beside its language model: which numbers of a part's configuration are sizes,
-- and which of its tensors are measured by them.

return {
  -- Keys of a part's own configuration that name a size, as Lua patterns.
  sizes = { "size", "dim", "width", "channels", "hidden", "heads", "embed", "patch", "positions",
    "bins", "state", "rank", "length" },

  -- Keys that fit and name none: identities of tokens, counts of layers.
  other = { "token_id", "index", "layers", "seed", "epsilon" },

  -- Sizes that follow from others of the part: an image is cut into patches.
  derived = {
    patches = function(c)
      local image, patch = c.image_size, c.patch_size
      if math.type(image) ~= "integer" or math.type(patch) ~= "integer" or patch < 1 then
        return nil
      end
      return (image // patch) * (image // patch)
    end,
  },

  -- Names of a part's tensors, tried from top to bottom; the first that fits decides. The part is
  -- where the configuration describes it: of several names the one that a model has. Tensors that
  -- join parts are measured by the sizes of all.
  tensors = {
    { joins = true, names = { "projector", "merger", "aligner", "connector", "adapter", "mm_proj",
      "resampler", "deepstack", "embed_vision", "embed_audio" } },
    { parts = { "vision_config", "visual", "vit_config", "mm_vision_config", "img_processor" },
      names = { "^visual%.", "%.visual%.", "vision", "^vpm%.", "image_encoder", "patch_embed" } },
    { parts = { "audio_config", "audio_encoder", "sound_config", "speech_config" },
      names = { "audio", "sound", "speech", "^apm%." } },
    { parts = { "talker_config" }, names = { "talker" } },
    { parts = { "token2wav_config" }, names = { "token2wav" } },
    { parts = { "text_encoder" }, names = { "text_encoder" } },
    { parts = { "qformer_config" }, names = { "qformer" } },
  },

  -- The size of the language model that every part is joined to.
  common = { "hidden_size" },
}
