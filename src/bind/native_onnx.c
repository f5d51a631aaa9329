/*
 * modelsig.native.onnx: the graph of an ONNX model, read without its weights.
 */
#include <lauxlib.h>
#include <string.h>

#include "bind/bind.h"

#if MODELSIG_ONNX

#include "bind/native_manifest.h"
#include "bind/onnx_pieces.h"
#include "bind/native_source.h"
#include "format/onnx.h"

#define TYPE "modelsig.onnx"

typedef struct onnx_handle {
    msig_onnx *onnx; /* NULL: closed */
    msig_alloc alloc;
    msig_onnx_uses uses; /* listed when first asked for */
} onnx_handle;

static msig_onnx *check(lua_State *L) {
    onnx_handle *handle = luaL_checkudata(L, 1, TYPE);
    if (!handle->onnx)
        luaL_argerror(L, 1, "the model is closed");
    return handle->onnx;
}

static const Msig__ModelProto *check_model(lua_State *L) {
    const Msig__ModelProto *model = msig_onnx_model(check(L));
    if (!model)
        luaL_argerror(L, 1, "the model is not read");
    return model;
}

/* ---- pieces ---- */

static void push_text(lua_State *L, ProtobufCBinaryData data) {
    msig_span text = msig_onnx_text(data);
    lua_pushlstring(L, text.ptr, text.len);
}

static void push_span(lua_State *L, msig_span text) {
    lua_pushlstring(L, text.ptr, text.len);
}

static void set_text(lua_State *L, const char *key, ProtobufCBinaryData data) {
    push_text(L, data);
    lua_setfield(L, -2, key);
}

/* Lua's integers end at 2^63-1; what is larger becomes the nearest float. */
static void push_size(lua_State *L, uint64_t size) {
    if (size <= INT64_MAX)
        lua_pushinteger(L, (lua_Integer)size);
    else
        lua_pushnumber(L, (lua_Number)size);
}

static void set_number(lua_State *L, const char *key, uint64_t number) {
    push_size(L, number);
    lua_setfield(L, -2, key);
}

static void set_texts(lua_State *L, const char *key, const ProtobufCBinaryData *list, size_t n) {
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        push_text(L, list[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, key);
}

static void push_dtype(lua_State *L, int32_t number) {
    const char *name = msig_onnx_dtype(number);
    if (name)
        lua_pushstring(L, name);
    else
        lua_pushfstring(L, "UNKNOWN_%d", (int)number);
}

/* Sets t[key] to {domain = version}; the default domain is "", also where it is spelled out. */
static void set_opsets(lua_State *L, const char *key, Msig__OperatorSetIdProto *const *list,
                       size_t n) {
    lua_createtable(L, 0, (int)n);
    for (size_t i = 0; i < n; i++) {
        msig_span domain = msig_onnx_domain(list[i]->domain);
        push_span(L, domain);
        lua_pushinteger(L, list[i]->version);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, key);
}

/* ---- inputs and outputs ---- */

/* Pushes an array of dims: a number, a symbol, or false where the file says nothing. [-0, +1] */
static void push_dims(lua_State *L, const Msig__ShapeProto *shape) {
    lua_createtable(L, (int)shape->n_dim, 0);
    for (size_t i = 0; i < shape->n_dim; i++) {
        const Msig__DimensionProto *dim = shape->dim[i];
        if (dim->has_dim_value)
            lua_pushinteger(L, dim->dim_value);
        else if (dim->has_dim_param)
            push_text(L, dim->dim_param);
        else
            lua_pushboolean(L, 0);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void set_tensor_type(lua_State *L, const Msig__TensorTypeProto *type) {
    push_dtype(L, type->elem_type);
    lua_setfield(L, -2, "dtype");
    if (type->shape) {
        push_dims(L, type->shape);
        lua_setfield(L, -2, "dims");
    }
}

static void set_type(lua_State *L, const Msig__TypeProto *type);

static void set_inner(lua_State *L, const char *kind, const Msig__TypeProto *type) {
    lua_pushstring(L, kind);
    lua_setfield(L, -2, "kind");
    luaL_checkstack(L, 4, "types in types");
    lua_createtable(L, 0, 2);
    set_type(L, type);
    lua_setfield(L, -2, "of");
}

/* Adds what a type says to the table on top: dtype and dims of a tensor, else kind and `of`. The
 * walker bounds how deep types go. */
static void set_type(lua_State *L, const Msig__TypeProto *type) {
    if (!type)
        return;
    if (type->tensor_type) {
        set_tensor_type(L, type->tensor_type);
    } else if (type->sparse_tensor_type) {
        lua_pushliteral(L, "sparse_tensor");
        lua_setfield(L, -2, "kind");
        set_tensor_type(L, type->sparse_tensor_type);
    } else if (type->sequence_type) {
        set_inner(L, "sequence", type->sequence_type->elem_type);
    } else if (type->optional_type) {
        set_inner(L, "optional", type->optional_type->elem_type);
    } else if (type->map_type) {
        push_dtype(L, type->map_type->key_type);
        lua_setfield(L, -2, "key");
        set_inner(L, "map", type->map_type->value_type);
    }
}

static void set_ports(lua_State *L, const char *key, Msig__ValueInfoProto *const *list, size_t n) {
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_createtable(L, 0, 3);
        set_text(L, "name", list[i]->name);
        set_type(L, list[i]->type);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, key);
}

/* ---- the graph ---- */

static const char *scope_name(msig_onnx_kind kind) {
    static const char *const names[] = {"graph", "subgraph", "function"};
    return names[kind];
}

/* Pushes a list of operators, with the scope they stand in if there may be several. [-0, +1] */
static void push_operators(lua_State *L, const msig_onnx_operator *list, size_t n, bool scopes) {
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_createtable(L, 0, 4);
        if (scopes) {
            lua_pushstring(L, scope_name(list[i].kind));
            lua_setfield(L, -2, "scope");
        }
        push_span(L, list[i].domain);
        lua_setfield(L, -2, "domain");
        push_span(L, list[i].name);
        lua_setfield(L, -2, "op");
        set_number(L, "count", list[i].count);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void set_operators_of(lua_State *L, const Msig__FunctionProto *f) {
    msig_onnx_scope scope = {MSIG_ONNX_FUNCTION, NULL, f, f->node, f->n_node};
    msig_onnx_operator *list = lua_newuserdatauv(L, (f->n_node + 1) * sizeof *list, 0);
    push_operators(L, list, msig_onnx_operators_of(&scope, list), false);
    lua_setfield(L, -3, "operators");
    lua_pop(L, 1);
}

static void set_functions(lua_State *L, const Msig__ModelProto *model) {
    lua_createtable(L, (int)model->n_functions, 0);
    for (size_t i = 0; i < model->n_functions; i++) {
        const Msig__FunctionProto *f = model->functions[i];
        lua_createtable(L, 0, 8);
        set_text(L, "domain", f->domain);
        set_text(L, "name", f->name);
        if (f->overload.len)
            set_text(L, "overload", f->overload);
        set_texts(L, "inputs", f->input, f->n_input);
        set_texts(L, "outputs", f->output, f->n_output);
        set_opsets(L, "opsets", f->opset_import, f->n_opset_import);
        set_texts(L, "attributes", f->attribute, f->n_attribute);
        lua_getfield(L, -1, "attributes");
        for (size_t k = 0; k < f->n_attribute_proto; k++) {
            push_text(L, f->attribute_proto[k]->name);
            lua_rawseti(L, -2, (lua_Integer)(f->n_attribute + k + 1));
        }
        lua_pop(L, 1);
        set_operators_of(L, f);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "functions");
}

static int onnx_graph(lua_State *L) {
    const Msig__ModelProto *model = check_model(L);
    const Msig__GraphProto *graph = model->graph;
    size_t count;
    lua_createtable(L, 0, 12);
    lua_pushinteger(L, model->ir_version);
    lua_setfield(L, -2, "ir_version");
    set_text(L, "producer", model->producer_name);
    set_text(L, "producer_version", model->producer_version);
    set_text(L, "domain", model->domain);
    lua_pushinteger(L, model->model_version);
    lua_setfield(L, -2, "model_version");
    set_text(L, "name", graph->name);
    set_opsets(L, "opsets", model->opset_import, model->n_opset_import);
    set_ports(L, "inputs", graph->input, graph->n_input);
    set_ports(L, "outputs", graph->output, graph->n_output);
    const msig_onnx_operator *list = msig_onnx_operators(check(L), &count);
    push_operators(L, list, count, true);
    lua_setfield(L, -2, "operators");
    set_functions(L, model);
    return 1;
}

static int onnx_metadata(lua_State *L) {
    const Msig__ModelProto *model = check_model(L);
    lua_createtable(L, 0, (int)model->n_metadata_props);
    for (size_t i = 0; i < model->n_metadata_props; i++) {
        push_text(L, model->metadata_props[i]->key);
        push_text(L, model->metadata_props[i]->value);
        lua_rawset(L, -3);
    }
    return 1;
}

/* ---- tensors ---- */

typedef struct constants {
    uint64_t least, count, bytes;
    lua_Integer listed;
} constants;

static void set_shape(lua_State *L, const char *key, const int64_t *dims, size_t rank) {
    lua_createtable(L, (int)rank, 0);
    for (size_t i = 0; i < rank; i++) {
        lua_pushinteger(L, dims[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, key);
}

/* Gives the bytes of a tensor's values; 0 if it makes no sense. */
static uint64_t bytes_of(const Msig__TensorProto *tensor) {
    msig_onnx_tensor facts;
    return msig_onnx_describe(tensor, &facts, NULL) == MSIG_OK ? facts.bytes : 0;
}

/* Pushes a row of a tensor in an attribute of a node. [-0, +1] */
static void push_constant(lua_State *L, const Msig__TensorProto *tensor,
                          const msig_onnx_scope *scope, const Msig__NodeProto *node) {
    lua_createtable(L, 0, 7);
    lua_pushstring(L, scope_name(scope->kind));
    lua_setfield(L, -2, "scope");
    set_text(L, "node", node->name);
    set_text(L, "op", node->op_type);
    push_span(L, node->n_output ? msig_onnx_text(node->output[0]) : msig_span_of(""));
    lua_setfield(L, -2, "output");
    push_dtype(L, tensor->data_type);
    lua_setfield(L, -2, "dtype");
    set_shape(L, "shape", tensor->dims, tensor->n_dims);
    set_number(L, "bytes", bytes_of(tensor));
}

/* Adds the tensors of an attribute to the list on top. */
static void add_constants(lua_State *L, constants *c, const msig_onnx_scope *scope,
                          const Msig__NodeProto *node, const Msig__AttributeProto *attribute) {
    size_t all = attribute->n_tensors + (attribute->t != NULL);
    for (size_t i = 0; i < all; i++) {
        const Msig__TensorProto *tensor =
            i < attribute->n_tensors ? attribute->tensors[i] : attribute->t;
        uint64_t bytes = bytes_of(tensor);
        c->count++;
        c->bytes = bytes > UINT64_MAX - c->bytes ? UINT64_MAX : c->bytes + bytes;
        if (bytes < c->least)
            continue;
        push_constant(L, tensor, scope, node);
        lua_rawseti(L, -2, ++c->listed);
    }
}

/* constants([least]) -> the tensors in attributes of nodes that have at least so many bytes; how
 * many there are in all; their bytes */
static int onnx_constants(lua_State *L) {
    lua_Integer least = luaL_optinteger(L, 2, 0);
    luaL_argcheck(L, least >= 0, 2, "expected a number of bytes");
    constants c = {.least = (uint64_t)least};
    size_t n;
    check_model(L);
    const msig_onnx_scope *scopes = msig_onnx_scopes(check(L), &n);
    lua_newtable(L);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < scopes[i].node_count; k++) {
            const Msig__NodeProto *node = scopes[i].nodes[k];
            for (size_t j = 0; j < node->n_attribute; j++)
                add_constants(L, &c, &scopes[i], node, node->attribute[j]);
        }
    push_size(L, c.count);
    push_size(L, c.bytes);
    return 3;
}

static int onnx_sparse(lua_State *L) {
    const Msig__GraphProto *graph = check_model(L)->graph;
    lua_createtable(L, (int)graph->n_sparse_initializer, 0);
    for (size_t i = 0; i < graph->n_sparse_initializer; i++) {
        const Msig__SparseTensorProto *sparse = graph->sparse_initializer[i];
        lua_createtable(L, 0, 4);
        if (sparse->values) {
            set_text(L, "name", sparse->values->name);
            push_dtype(L, sparse->values->data_type);
            lua_setfield(L, -2, "dtype");
            set_shape(L, "values", sparse->values->dims, sparse->values->n_dims);
        }
        set_shape(L, "shape", sparse->dims, sparse->n_dims);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* Pushes the entries of a tensor's external data. [-0, +1] */
static void push_external(lua_State *L, const Msig__TensorProto *tensor) {
    lua_createtable(L, 0, (int)tensor->n_external_data + 1);
    for (size_t i = 0; i < tensor->n_external_data; i++) {
        push_text(L, tensor->external_data[i]->key);
        push_text(L, tensor->external_data[i]->value);
        lua_rawset(L, -3);
    }
}

/* external() -> {{name, bytes, entries{location, offset, length, ...}}}: what the file says of
 * initializers whose values are in other files */
static int onnx_external(lua_State *L) {
    size_t n;
    check_model(L);
    const msig_onnx_scope *scopes = msig_onnx_scopes(check(L), &n);
    lua_newtable(L);
    lua_Integer row = 0;
    for (size_t i = 0; i < n; i++) {
        const Msig__GraphProto *graph = scopes[i].graph;
        for (size_t k = 0; graph && k < graph->n_initializer; k++)
            if (graph->initializer[k]->data_location == MSIG_ONNX_EXTERNAL) {
                lua_createtable(L, 0, 3);
                set_text(L, "name", graph->initializer[k]->name);
                set_number(L, "bytes", bytes_of(graph->initializer[k]));
                push_external(L, graph->initializer[k]);
                lua_setfield(L, -2, "entries");
                lua_rawseti(L, -2, ++row);
            }
    }
    return 1;
}

/* list(manifest, file[, {strict}]) -> findings: adds the initializers to a manifest */
static int onnx_list(lua_State *L) {
    const msig_onnx *onnx = check(L);
    check_model(L);
    msig_manifest *m = msig_check_manifest(L, 2);
    msig_span file;
    msig_err err;
    file.ptr = luaL_checklstring(L, 3, &file.len);
    size_t before = msig_manifest_finding_count(m);
    msig_manifest_set_strict(m, lua_toboolean(L, 4));
    if (msig_onnx_list(onnx, m, file, &err) != MSIG_OK)
        return msig_fail(L, &err);
    msig_push_findings(L, m, before);
    return 1;
}

/* ---- nodes ---- */

/* Adds the numbers and short lists among a node's attributes to the table on top. */
static void add_attributes(lua_State *L, const Msig__NodeProto *node) {
    for (size_t i = 0; i < node->n_attribute; i++) {
        const Msig__AttributeProto *attribute = node->attribute[i];
        push_text(L, attribute->name);
        if (attribute->has_i) {
            lua_pushinteger(L, attribute->i);
        } else if (attribute->n_ints) {
            lua_createtable(L, (int)attribute->n_ints, 0);
            for (size_t k = 0; k < attribute->n_ints; k++) {
                lua_pushinteger(L, attribute->ints[k]);
                lua_rawseti(L, -2, (lua_Integer)k + 1);
            }
        } else {
            lua_pop(L, 1);
            continue;
        }
        lua_rawset(L, -3);
    }
}

/* Pushes a table for some fields; for none, as most nodes have, the one at this index. [-0, +1] */
static void push_table(lua_State *L, size_t fields, int none) {
    fields ? lua_createtable(L, 0, (int)fields) : lua_pushvalue(L, none);
}

/* Pushes what reads a value; at index `none` is an empty table. [-0, +1] */
static void push_use(lua_State *L, const msig_onnx_use *use, int none) {
    const Msig__NodeProto *node = use->node;
    lua_createtable(L, 0, 8);
    push_span(L, msig_onnx_domain(node->domain));
    lua_setfield(L, -2, "domain");
    set_text(L, "op", node->op_type);
    set_text(L, "name", node->name);
    set_texts(L, "inputs", node->input, node->n_input);
    set_texts(L, "outputs", node->output, node->n_output);
    lua_pushinteger(L, (lua_Integer)use->input + 1);
    lua_setfield(L, -2, "input");
    push_table(L, node->n_attribute, none);
    add_attributes(L, node);
    lua_setfield(L, -2, "attributes");
    push_table(L, node->n_metadata_props, none);
    for (size_t i = 0; i < node->n_metadata_props; i++) {
        push_text(L, node->metadata_props[i]->key);
        push_text(L, node->metadata_props[i]->value);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "metadata");
}

/* uses(name[, most]) -> the nodes that read a value, as tables: those of functions are not among
 * them; at most so many (8) */
static int onnx_uses(lua_State *L) {
    const msig_onnx *onnx = check(L);
    onnx_handle *handle = lua_touserdata(L, 1);
    lua_Integer most = luaL_optinteger(L, 3, 8);
    msig_span name;
    msig_err err;
    size_t count;
    check_model(L);
    name.ptr = luaL_checklstring(L, 2, &name.len);
    if (!handle->uses.list &&
        msig_onnx_uses_open(&handle->alloc, onnx, &handle->uses, &err) != MSIG_OK)
        return msig_fail(L, &err);
    const msig_onnx_use *list = msig_onnx_uses_find(&handle->uses, name, &count);
    lua_newtable(L);
    int none = lua_gettop(L);
    lua_newtable(L);
    for (size_t i = 0; i < count && (lua_Integer)i < most; i++) {
        push_use(L, &list[i], none);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* ---- reading ---- */

/* open(source) -> model, not read yet */
static int onnx_open(lua_State *L) {
    msig_source *source = msig_check_source(L, 1);
    msig_err err;
    msig_alloc alloc = msig_bind_alloc(L);
    onnx_handle *handle = msig_handle_new(L, sizeof *handle, TYPE);
    handle->alloc = alloc;
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1); /* the source lives as long as the handle */
    if (msig_onnx_open(&alloc, source, &msig_wire_default_limits, &handle->onnx, &err) != MSIG_OK)
        return msig_fail(L, &err);
    return 1;
}

/* read() -> true | nil, message, code, offset[, missing]; `missing` is the first byte that the
 * source did not have, and reading may go on when it has it */
static int onnx_read(lua_State *L) {
    msig_onnx *onnx = check(L);
    msig_err err;
    uint64_t missing;
    if (msig_onnx_model(onnx) || msig_onnx_read(onnx, &err) == MSIG_OK) {
        lua_pushboolean(L, 1);
        return 1;
    }
    int results = msig_fail(L, &err);
    const msig_wire *wire = msig_onnx_wire(onnx);
    if (!wire || !msig_wire_missing(wire, &missing))
        return results;
    lua_pushinteger(L, (lua_Integer)missing);
    return results + 1;
}

/* jumps([first]) -> {{offset, bytes}, ...}: what the walk stepped over, from number `first` on */
static int onnx_jumps(lua_State *L) {
    const msig_onnx *onnx = check(L);
    lua_Integer first = luaL_optinteger(L, 2, 1);
    luaL_argcheck(L, first >= 1, 2, "expected a positive number");
    size_t count = 0;
    const msig_wire *wire = msig_onnx_wire(onnx);
    const msig_wire_jump *jumps = wire ? msig_wire_jumps(wire, &count) : NULL;
    lua_newtable(L);
    for (size_t i = (size_t)first - 1; i < count; i++) {
        lua_createtable(L, 2, 0);
        lua_pushinteger(L, (lua_Integer)jumps[i].offset);
        lua_rawseti(L, -2, 1);
        lua_pushinteger(L, (lua_Integer)jumps[i].bytes);
        lua_rawseti(L, -2, 2);
        lua_rawseti(L, -2, (lua_Integer)(i - ((size_t)first - 1)) + 1);
    }
    return 1;
}

/* skip() -> offset | nil: leaves out the rest of the innermost message in which bytes were missing;
 * where reading goes on, to find what is missing behind it and no model */
static int onnx_skip(lua_State *L) {
    uint64_t offset;
    msig_onnx_skip(check(L), &offset) ? lua_pushinteger(L, (lua_Integer)offset) : lua_pushnil(L);
    return 1;
}

static int onnx_close(lua_State *L) {
    onnx_handle *handle = luaL_checkudata(L, 1, TYPE);
    msig_onnx *onnx = handle->onnx;
    handle->onnx = NULL;
    msig_onnx_uses_close(&handle->uses, &handle->alloc);
    msig_onnx_close(onnx);
    return 0;
}

static const luaL_Reg functions[] = {
    {"open", onnx_open},
    {"headers", msig_bind_onnx_headers},
    {"tail", msig_bind_onnx_tail},
    {NULL, NULL}};

static const luaL_Reg methods[] = {
    {"read", onnx_read},
    {"graph", onnx_graph},
    {"metadata", onnx_metadata},
    {"constants", onnx_constants},
    {"sparse", onnx_sparse},
    {"external", onnx_external},
    {"list", onnx_list},
    {"jumps", onnx_jumps},
    {"skip", onnx_skip},
    {"uses", onnx_uses},
    {"close", onnx_close},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {{"__gc", onnx_close}, {"__close", onnx_close}, {NULL, NULL}};

int luaopen_modelsig_native_onnx(lua_State *L) {
    if (luaL_newmetatable(L, TYPE)) {
        luaL_setfuncs(L, metamethods, 0);
        luaL_newlib(L, methods);
        lua_setfield(L, -2, "__index");
    }
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}

#else

static int onnx_open(lua_State *L) {
    msig_err err;
    msig_err_set(&err, MSIG_EUNSUPPORTED, MSIG_NO_OFFSET, "this build does not read ONNX files");
    return msig_fail(L, &err);
}

static const luaL_Reg functions[] = {{"open", onnx_open}, {NULL, NULL}};

int luaopen_modelsig_native_onnx(lua_State *L) {
    luaL_newlib(L, functions);
    return 1;
}

#endif
