/*
 * Fuzz target: the functions of strings that rules get, against Lua's own: results and messages of
 * errors. Those that are Lua's own functions are found to be so at the beginning.
 *
 * Input: which function; what its last arguments are; two lengths; then pattern, replacement and
 * subject. What takes too long is left out: Lua's own would take as long.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);
int luaopen_modelsig_native_sandbox(lua_State *L);

static const char script[] =
    "local native = ...\n"
    "local rules = native.strings()\n"
    "local own = { find = true, match = true, gmatch = true, gsub = true, rep = true }\n"
    "for name, f in pairs(string) do\n"
    "  assert(own[name] or name == 'dump' or rules[name] == f, name)\n"
    "end\n"
    "local calls = {\n" /* no tail calls: a message names what was called */
    "  function(l, s, p, _, from) local t = table.pack(l.find(s, p, from)) return t end,\n"
    "  function(l, s, p, _, from) local t = table.pack(l.find(s, p, from, true)) return t end,\n"
    "  function(l, s, p, _, from) local t = table.pack(l.match(s, p, from)) return t end,\n"
    "  function(l, s, p, _, from)\n"
    "    local t, next = {}, l.gmatch(s, p, from)\n"
    "    for _ = 1, 40 do\n"
    "      local one = table.pack(next())\n"
    "      t[#t + 1] = one.n\n"
    "      table.move(one, 1, one.n, #t + 1, t)\n"
    "    end\n"
    "    t.n = #t\n"
    "    return t\n"
    "  end,\n"
    "  function(l, s, p, r) local t = table.pack(l.gsub(s, p, r)) return t end,\n"
    "  function(l, s, p, r, n) local t = table.pack(l.gsub(s, p, r, n)) return t end,\n"
    "  function(l, s, p, _, n) local t = table.pack(l.rep(s, n, p)) return t end,\n"
    "}\n"
    "local replacements = {\n"
    "  function(r) return r end, function(r) return tonumber(r) or 7 end,\n"
    "  function() return { a = 'A', b = false, [1] = 'one', [''] = 'nothing', c = {} } end,\n"
    "  function() return function(...) return table.concat({ ... }, ',') end end,\n"
    "  function() return function() return nil end end,\n"
    "  function() return function() return {} end end,\n"
    "  function() return function() error 'boom' end end,\n"
    "  function() return true end, function() return nil end,\n"
    "}\n"
    "local numbers = { function(n) return n end, function() return nil end,\n"
    "  function(n) return n + 0.0 end, function(n) return n + 0.5 end,\n"
    "  function(n) return tostring(n) end, function() return 'x' end,\n"
    "  function(n) return n > 0 and math.maxinteger or math.mininteger end }\n"
    "local budget = { steps = 2000, bytes = 1 << 26 }\n"
    "local function choose(list, n) return list[n % #list + 1] end\n"
    "return function(which, kinds, n, s, p, r)\n"
    "  local call = choose(calls, which)\n"
    "  local number = choose(numbers, kinds % 16)(n)\n"
    "  if call == calls[7] and (tonumber(number) or 0) > 200 then number = 200 end\n"
    "  r = choose(replacements, kinds // 16)(r)\n"
    "  local ok, got = native.call(call, budget, rules, s, p, r, number)\n"
    "  if not ok and got:find('budget exceeded', 1, true) then return end\n"
    "  local well, expected = pcall(call, string, s, p, r, number)\n"
    "  local same = ok == well and (ok or got == expected)\n"
    "  if ok and well then\n"
    "    same = got.n == expected.n\n"
    "    for i = 1, got.n do\n"
    "      same = same and got[i] == expected[i] and math.type(got[i]) == math.type(expected[i])\n"
    "    end\n"
    "  end\n"
    "  if same then return end\n"
    "  local function show(good, t)\n"
    "    if not good then return tostring(t) end\n"
    "    for i = 1, t.n do t[i] = tostring(t[i]) end\n"
    "    return table.concat(t, ' | ', 1, t.n)\n"
    "  end\n"
    "  return (('function %d, subject %q, pattern %q, %s, %s\\nours:  %s\\nLua\\'s: %s'):format(\n"
    "    which % #calls + 1, s, p, r, number, show(ok, got), show(well, expected)))\n"
    "end\n";

static lua_State *open_state(void) {
    lua_State *L = luaL_newstate();
    if (!L)
        abort();
    luaL_openlibs(L);
    if (luaL_loadbufferx(L, script, sizeof script - 1, "=script", "t") != LUA_OK)
        abort();
    luaL_requiref(L, "modelsig.native.sandbox", luaopen_modelsig_native_sandbox, 0);
    if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        abort();
    }
    return L;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len) {
    static lua_State *L;
    enum { CHOICES = 5 };
    if (!L)
        L = open_state();
    if (len < CHOICES)
        return 0;
    const char *text = (const char *)input + CHOICES;
    size_t rest = len - CHOICES;
    size_t pattern = input[3] < rest ? input[3] : rest;
    size_t other = input[4] % 16 < rest - pattern ? input[4] % 16 : rest - pattern;
    lua_pushvalue(L, 1);
    lua_pushinteger(L, input[0]);
    lua_pushinteger(L, input[1]);
    lua_pushinteger(L, (int8_t)input[2]);
    lua_pushlstring(L, text + pattern + other, rest - pattern - other);
    lua_pushlstring(L, text, pattern);
    lua_pushlstring(L, text + pattern, other);
    if (lua_pcall(L, 6, 1, 0) != LUA_OK || !lua_isnil(L, -1)) {
        fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
        abort();
    }
    lua_settop(L, 1);
    return 0;
}
