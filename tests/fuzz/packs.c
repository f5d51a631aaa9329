/*
 * Fuzz target: a pack of the folder in which fetched files are kept, up to the report of the model
 * that is read from it offline. packs.lua says what must hold.
 *
 * Input: whether it is the file as it is ('r'), whether its index gets a right checksum ('i'), or
 * the texts too ('t'); for the latter two a number of two bytes, the length of the index, the
 * index, the texts.
 */
#include <string.h>

#include "script.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

static char folder[] = "/tmp/modelsig-packs-XXXXXX";

static void remove_folder(void) {
    char command[sizeof folder + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0)
        perror(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len) {
    static lua_State *L;
    if (!L) {
        if (!mkdtemp(folder))
            abort();
        atexit(remove_folder);
        setenv("XDG_CACHE_HOME", folder, 1);
        setenv("HF_HOME", folder, 1);
        unsetenv("HF_HUB_CACHE");
        L = open_script("tests/fuzz/packs.lua", folder);
    }
    judge(L, input, len);
    return 0;
}
