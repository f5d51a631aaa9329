/*
 * Fuzz target: a configuration up to the fingerprint, the comparison with a sample, and the report.
 * config.lua says what must hold.
 */
#include "script.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len) {
    static lua_State *L;
    if (!L)
        L = open_script("tests/fuzz/config.lua", "");
    judge(L, input, len);
    return 0;
}
