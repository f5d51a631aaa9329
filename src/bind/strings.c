#include "bind/strings.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "base/pattern.h"
#include "bind/budget.h"

/* One character of a match is less work than a step of Lua. */
enum { CHARS_A_STEP = 4, COPIED_A_STEP = 64 };

static void spend(void *ctx, size_t work) {
    msig_budget_spend(ctx, work / CHARS_A_STEP + 1);
}

static void complain(void *ctx, const char *message) {
    luaL_error(ctx, "%s", message);
}

static void begin(lua_State *L, msig_matcher *m, const char *text, size_t len) {
    m->text = text;
    m->end = text + len;
    m->ctx = L;
    m->spend = spend;
    m->complain = complain;
    m->work = 0;
    m->captures = 0;
}

/* What is left of the work is told when the match is over: many short ones add up. */
static void finish(lua_State *L, msig_matcher *m) {
    msig_budget_spend(L, m->work / CHARS_A_STEP + 1);
    m->work = 0;
}

/* Pushes capture i; without captures, 0 is the whole match. */
static void push_capture(lua_State *L, const msig_matcher *m, int i, const char *from,
                         const char *end) {
    const msig_capture *capture = &m->capture[i];
    if (i >= m->captures)
        lua_pushlstring(L, from, (size_t)(end - from));
    else if (capture->len == MSIG_CAPTURE_OPEN)
        luaL_error(L, "unfinished capture");
    else if (capture->len == MSIG_CAPTURE_POSITION)
        lua_pushinteger(L, (lua_Integer)(capture->from - m->text) + 1);
    else
        lua_pushlstring(L, capture->from, capture->len);
}

static int push_captures(lua_State *L, const msig_matcher *m, const char *from, const char *end,
                         bool whole) {
    int n = m->captures == 0 && whole ? 1 : m->captures;
    luaL_checkstack(L, n, "too many captures");
    for (int i = 0; i < n; i++)
        push_capture(L, m, i, from, end);
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

static int find_or_match(lua_State *L, bool find) {
    size_t len, wanted;
    const char *text = luaL_checklstring(L, 1, &len);
    const char *pattern = luaL_checklstring(L, 2, &wanted);
    size_t from = beginning(L, 3, len);
    msig_matcher m;
    const char *start, *end = NULL;
    int n = 0;
    if (from > len) {
        lua_pushnil(L);
        return 1;
    }
    begin(L, &m, text, len);
    if (find && (lua_toboolean(L, 4) || msig_pattern_is_plain(pattern, wanted))) {
        start = msig_pattern_plain(&m, text + from, pattern, wanted);
        end = start ? start + wanted : NULL;
    } else {
        msig_pattern_set(&m, pattern, wanted, true);
        start = msig_pattern_search(&m, text + from, &end);
    }
    finish(L, &m);
    if (!start) {
        lua_pushnil(L);
        return 1;
    }
    if (find) {
        lua_pushinteger(L, (lua_Integer)(start - text) + 1);
        lua_pushinteger(L, (lua_Integer)(end - text));
        n = 2;
    }
    return n + push_captures(L, &m, start, end, !find);
}

static int strings_find(lua_State *L) {
    return find_or_match(L, true);
}

static int strings_match(lua_State *L) {
    return find_or_match(L, false);
}

/* State of an iteration; user values are the subject and the pattern. */
typedef struct iteration {
    msig_matcher matcher;
    const char *at, *last; /* last: the end of the match before, or NULL */
} iteration;

static int next_match(lua_State *L) {
    iteration *state = lua_touserdata(L, lua_upvalueindex(1));
    msig_matcher *m = &state->matcher;
    m->ctx = L; /* of this call: it may be another coroutine's */
    for (const char *s = state->at; s <= m->end; s++) {
        const char *end = msig_pattern_match(m, s);
        if (end && end != state->last) {
            state->at = state->last = end;
            finish(L, m);
            return push_captures(L, m, s, end, true);
        }
        if (s == m->end)
            break;
    }
    finish(L, m);
    return 0;
}

static int strings_gmatch(lua_State *L) {
    size_t len, pattern_len;
    const char *text = luaL_checklstring(L, 1, &len);
    const char *pattern = luaL_checklstring(L, 2, &pattern_len);
    size_t from = beginning(L, 3, len);
    lua_settop(L, 2);
    iteration *state = lua_newuserdatauv(L, sizeof *state, 2);
    lua_insert(L, 1);
    lua_setiuservalue(L, 1, 2);
    lua_setiuservalue(L, 1, 1);
    begin(L, &state->matcher, text, len);
    msig_pattern_set(&state->matcher, pattern, pattern_len, false);
    state->at = from > len ? text + len + 1 : text + from;
    state->last = NULL;
    lua_pushcclosure(L, next_match, 1);
    return 1;
}

typedef struct substitution {
    msig_matcher matcher;
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
        int last = sub->matcher.captures > 0 ? sub->matcher.captures : 1;
        if (digit == '%') {
            luaL_addchar(out, '%');
        } else if (digit == '0') {
            luaL_addlstring(out, sub->from, (size_t)(sub->end - sub->from));
        } else if (digit < '0' || digit > '9') {
            luaL_error(L, "invalid use of '%%' in replacement string");
        } else if (digit - '0' > last) {
            luaL_error(L, "invalid capture index %%%d", digit - '0');
        } else {
            push_capture(L, &sub->matcher, digit - '1', sub->from, sub->end);
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
        push_capture(L, &sub->matcher, 0, sub->from, sub->end);
        lua_gettable(L, 3);
    } else {
        lua_pushvalue(L, 3);
        int n = push_captures(L, &sub->matcher, sub->from, sub->end, true);
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
    msig_matcher *m = &sub->matcher;
    const char *s = m->text, *last = NULL;
    lua_Integer n = 0;
    while (n < most) {
        const char *end = msig_pattern_match(m, s);
        if (end && end != last) {
            n++;
            sub->from = s;
            sub->end = end;
            *changed = add_value(L, out, sub) || *changed;
            s = last = end;
        } else if (s < m->end) {
            luaL_addchar(out, *s++);
        } else {
            break;
        }
        if (m->anchored)
            break;
    }
    luaL_addlstring(out, s, (size_t)(m->end - s));
    return n;
}

static int strings_gsub(lua_State *L) {
    size_t len, pattern_len;
    const char *text = luaL_checklstring(L, 1, &len);
    const char *pattern = luaL_checklstring(L, 2, &pattern_len);
    int type = lua_type(L, 3);
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)len + 1);
    substitution sub;
    luaL_Buffer out;
    bool changed = false;
    luaL_argexpected(L,
                     type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TTABLE ||
                         type == LUA_TFUNCTION,
                     3, "string/function/table");
    lua_settop(L, 3);
    if (type == LUA_TNUMBER)
        lua_tostring(L, 3);
    begin(L, &sub.matcher, text, len);
    msig_pattern_set(&sub.matcher, pattern, pattern_len, true);
    luaL_buffinit(L, &out);
    lua_Integer n = substitute(L, &out, &sub, most, &changed);
    finish(L, &sub.matcher);
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
