/*
 * Functions of strings for users' rules. Those of Lua that search with patterns, or repeat, can
 * work for ever inside C; these do the same and take what they do from the budget.
 */
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "bind/budget.h"
#include "bind/pattern.h"

/* One character of a match is less work than a step of Lua; patterns this long need no memory. */
enum { CHARS_A_STEP = 4, COPIED_A_STEP = 64, SMALL = 32 };

static void spend(void *ctx, size_t work) {
    msig_budget_spend(ctx, work / CHARS_A_STEP + 1);
}

static void complain(void *ctx, const char *text) {
    luaL_error(ctx, "%s", text);
}

static void begin(lua_State *L, msig_subject *subject, const char *text, size_t len) {
    subject->text = text;
    subject->end = text + len;
    subject->ctx = L;
    subject->spend = spend;
    subject->complain = complain;
    subject->work = 0;
    subject->depth = 0;
}

/* What is left of the work is told when the match is over: many short ones add up. */
static void finish(lua_State *L, msig_subject *subject) {
    msig_budget_spend(L, subject->work / CHARS_A_STEP + 1);
}

/* Compiles the pattern at `arg` into `small`, or into a userdata, which is pushed (else nil). */
static void compile(lua_State *L, int arg, msig_pattern *pattern, msig_pattern_node *small,
                    bool anchors) { /* [-0, +1] */
    size_t len;
    const char *text = luaL_checklstring(L, arg, &len);
    msig_pattern_node *nodes = small;
    if (small && len < SMALL)
        lua_pushnil(L);
    else
        nodes = lua_newuserdatauv(L, (len + 1) * sizeof *nodes, 0);
    const char *error = msig_pattern_compile(pattern, nodes, text, len, anchors);
    if (error)
        luaL_error(L, "%s", error);
}

/* Pushes capture i; without captures, 0 is the whole match. */
static void push_capture(lua_State *L, const msig_pattern *pattern, const msig_subject *subject,
                         int i, const char *from, const char *end) {
    if (i >= pattern->captures)
        lua_pushlstring(L, from, (size_t)(end - from));
    else if (pattern->position[i])
        lua_pushinteger(L, (lua_Integer)(subject->captures[i].from - subject->text) + 1);
    else
        lua_pushlstring(L, subject->captures[i].from, subject->captures[i].len);
}

static int push_captures(lua_State *L, const msig_pattern *pattern, const msig_subject *subject,
                         const char *from, const char *end, bool whole) {
    int n = pattern->captures == 0 && whole ? 1 : pattern->captures;
    luaL_checkstack(L, n, "too many captures");
    for (int i = 0; i < n; i++)
        push_capture(L, pattern, subject, i, from, end);
    return n;
}

/* Where a search begins, from 0; behind the end means that it finds nothing. */
static size_t beginning(lua_State *L, int arg, size_t len) {
    lua_Integer from = luaL_optinteger(L, arg, 1);
    if (from > 0)
        return (size_t)from - 1;
    if (from == 0 || from < -(lua_Integer)len)
        return 0;
    return len - (size_t)-from;
}

static int push_range(lua_State *L, const msig_subject *subject, const char *from,
                      const char *end) {
    lua_pushinteger(L, (lua_Integer)(from - subject->text) + 1);
    lua_pushinteger(L, (lua_Integer)(end - subject->text));
    return 2;
}

static int find_or_match(lua_State *L, bool find) {
    size_t len, wanted;
    const char *text = luaL_checklstring(L, 1, &len);
    const char *plain = luaL_checklstring(L, 2, &wanted);
    size_t from = beginning(L, 3, len);
    msig_subject subject;
    msig_pattern pattern;
    msig_pattern_node small[SMALL];
    const char *start, *end = NULL;
    int n = 0;
    if (from > len) {
        lua_pushnil(L);
        return 1;
    }
    begin(L, &subject, text, len);
    if (find && lua_toboolean(L, 4)) {
        start = msig_pattern_plain(&subject, text + from, plain, wanted);
        end = start ? start + wanted : NULL;
        pattern.captures = 0;
    } else {
        compile(L, 2, &pattern, small, true);
        start = msig_pattern_search(&pattern, &subject, text + from, &end);
    }
    finish(L, &subject);
    if (!start) {
        lua_pushnil(L);
        return 1;
    }
    if (find)
        n = push_range(L, &subject, start, end);
    return n + push_captures(L, &pattern, &subject, start, end, !find);
}

static int strings_find(lua_State *L) {
    return find_or_match(L, true);
}

static int strings_match(lua_State *L) {
    return find_or_match(L, false);
}

/* State of an iteration; user value 1 is the subject, 2 the nodes of the pattern. */
typedef struct iteration {
    msig_pattern pattern;
    const char *text, *at, *last; /* last: the end of the match before, or NULL */
    size_t len;
} iteration;

static int next_match(lua_State *L) {
    iteration *state = lua_touserdata(L, lua_upvalueindex(1));
    msig_subject subject;
    const char *end = NULL;
    begin(L, &subject, state->text, state->len);
    for (const char *s = state->at; s <= subject.end; s++) {
        end = msig_pattern_match(&state->pattern, &subject, s);
        if (end && end != state->last) {
            state->at = state->last = end;
            finish(L, &subject);
            return push_captures(L, &state->pattern, &subject, s, end, true);
        }
        if (s == subject.end)
            break;
    }
    state->at = subject.end;
    finish(L, &subject);
    return 0;
}

static int strings_gmatch(lua_State *L) {
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    size_t from = beginning(L, 3, len);
    lua_settop(L, 2);
    iteration *state = lua_newuserdatauv(L, sizeof *state, 2);
    compile(L, 2, &state->pattern, NULL, false);
    lua_setiuservalue(L, 3, 2);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, 3, 1);
    state->text = text;
    state->len = len;
    state->at = from > len ? text + len + 1 : text + from;
    state->last = NULL;
    lua_pushcclosure(L, next_match, 1);
    return 1;
}

typedef struct substitution {
    msig_pattern pattern;
    msig_subject subject;
    const char *from, *end; /* of the match */
} substitution;

/* Adds a text in which %0 to %9 are captures. */
static void add_text(lua_State *L, luaL_Buffer *out, const substitution *sub) {
    size_t len;
    const char *p = lua_tolstring(L, 3, &len);
    const char *end = p + len;
    while (p < end) {
        const char *mark = memchr(p, '%', (size_t)(end - p));
        luaL_addlstring(out, p, (size_t)((mark ? mark : end) - p));
        if (!mark)
            return;
        char digit = mark + 1 < end ? mark[1] : 'x';
        int last = sub->pattern.captures > 0 ? sub->pattern.captures : 1;
        if (digit == '%') {
            luaL_addchar(out, '%');
        } else if (digit == '0') {
            luaL_addlstring(out, sub->from, (size_t)(sub->end - sub->from));
        } else if (digit < '0' || digit > '9') {
            luaL_error(L, "invalid use of '%%' in replacement string");
        } else if (digit - '0' > last) {
            luaL_error(L, "invalid capture index %%%d in replacement string", digit - '0');
        } else {
            push_capture(L, &sub->pattern, &sub->subject, digit - '1', sub->from, sub->end);
            luaL_tolstring(L, -1, NULL);
            lua_remove(L, -2);
            luaL_addvalue(out);
        }
        p = mark + 2;
    }
}

/* Adds what stands for the match. Returns whether it is something else than the match. */
static bool add_value(lua_State *L, luaL_Buffer *out, const substitution *sub) {
    int type = lua_type(L, 3);
    if (type == LUA_TSTRING || type == LUA_TNUMBER) {
        add_text(L, out, sub);
        return true;
    }
    if (type == LUA_TTABLE) {
        push_capture(L, &sub->pattern, &sub->subject, 0, sub->from, sub->end);
        lua_gettable(L, 3);
    } else {
        lua_pushvalue(L, 3);
        int n = push_captures(L, &sub->pattern, &sub->subject, sub->from, sub->end, true);
        lua_call(L, n, 1);
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(out, sub->from, (size_t)(sub->end - sub->from));
        return false;
    }
    if (!lua_isstring(L, -1))
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    luaL_addvalue(out);
    return true;
}

/* Replaces in the whole subject. Returns how often; *changed says whether anything is new. */
static lua_Integer substitute(lua_State *L, luaL_Buffer *out, substitution *sub, lua_Integer most,
                              bool *changed) {
    const char *s = sub->subject.text, *last = NULL;
    lua_Integer n = 0;
    while (n < most) {
        const char *end = msig_pattern_match(&sub->pattern, &sub->subject, s);
        if (end && end != last) {
            n++;
            sub->from = s;
            sub->end = end;
            *changed = add_value(L, out, sub) || *changed;
            s = last = end;
        } else if (s < sub->subject.end) {
            luaL_addchar(out, *s++);
        } else {
            break;
        }
        if (sub->pattern.anchored)
            break;
    }
    luaL_addlstring(out, s, (size_t)(sub->subject.end - s));
    return n;
}

static int strings_gsub(lua_State *L) {
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    int type = lua_type(L, 3);
    luaL_argexpected(L,
                     type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TTABLE ||
                         type == LUA_TFUNCTION,
                     3, "string/function/table");
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)len + 1);
    substitution sub;
    msig_pattern_node small[SMALL];
    luaL_Buffer out;
    bool changed = false;
    lua_settop(L, 3);
    if (type == LUA_TNUMBER)
        lua_tostring(L, 3);
    compile(L, 2, &sub.pattern, small, true);
    begin(L, &sub.subject, text, len);
    luaL_buffinit(L, &out);
    lua_Integer n = substitute(L, &out, &sub, most, &changed);
    finish(L, &sub.subject);
    if (changed)
        luaL_pushresult(&out);
    else
        lua_pushvalue(L, 1);
    lua_pushinteger(L, n);
    return 2;
}

static int strings_rep(lua_State *L) {
    size_t len, gap;
    const char *text = luaL_checklstring(L, 1, &len);
    lua_Integer n = luaL_checkinteger(L, 2);
    const char *separator = luaL_optlstring(L, 3, "", &gap);
    if (n <= 0 || len + gap == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (len + gap < len || (lua_Unsigned)n > (lua_Unsigned)LUA_MAXINTEGER / (len + gap))
        return luaL_error(L, "resulting string too large");
    msig_budget_spend(L, (size_t)n * (len + gap) / COPIED_A_STEP);
    luaL_Buffer out;
    char *p = luaL_buffinitsize(L, &out, (size_t)n * len + (size_t)(n - 1) * gap);
    for (lua_Integer i = 0; i < n; i++) {
        memcpy(p, text, len);
        p += len;
        if (i + 1 < n)
            memcpy(p, separator, gap);
        p += i + 1 < n ? gap : 0;
    }
    luaL_pushresultsize(&out, (size_t)n * len + (size_t)(n - 1) * gap);
    return 1;
}

/* Of Lua: their work grows with their arguments or results, and no faster. */
static const char *const plain[] = {"byte",     "char",    "format", "len",    "lower", "pack",
                                    "packsize", "reverse", "sub",    "unpack", "upper", NULL};

static const luaL_Reg counted[] = {
    {"find", strings_find},   {"gmatch", strings_gmatch}, {"gsub", strings_gsub},
    {"match", strings_match}, {"rep", strings_rep},       {NULL, NULL},
};

void msig_strings_push(lua_State *L) {
    luaL_newlib(L, counted);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    if (lua_getfield(L, -1, LUA_STRLIBNAME) == LUA_TTABLE) {
        for (int i = 0; plain[i]; i++) {
            lua_getfield(L, -1, plain[i]);
            lua_setfield(L, -4, plain[i]);
        }
    }
    lua_pop(L, 2);
}
