/*
 * What other bindings need of manifests.
 */
#ifndef MSIG_BIND_NATIVE_MANIFEST_H
#define MSIG_BIND_NATIVE_MANIFEST_H

#include <lua.h>

#include "format/manifest.h"

/* Gives the manifest at an argument, borrowed; raises if it is something else, closed or
 * finished. */
msig_manifest *msig_check_manifest(lua_State *L, int arg);

/* Pushes a list of the findings from number `first` on. [-0, +1, may raise] */
void msig_push_findings(lua_State *L, const msig_manifest *manifest, size_t first);

#endif
