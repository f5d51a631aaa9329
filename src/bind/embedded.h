/* Files that travel inside the binary; the table is made by cmake/embed.c. */
#ifndef MSIG_BIND_EMBEDDED_H
#define MSIG_BIND_EMBEDDED_H

#include <stddef.h>

typedef struct msig_embedded {
    const char *kind; /* "lua", "rules", "scripts", "samples" */
    const char *name; /* path below that folder, with `/` */
    const unsigned char *data;
    size_t len;
    const unsigned char *code; /* the same as a compiled chunk, or NULL; see msig_embedded_load */
    size_t code_len;
} msig_embedded;

extern const msig_embedded msig_embedded_files[];
extern const size_t msig_embedded_count;

/* Returns the file of that kind and name, or NULL. */
const msig_embedded *msig_embedded_find(const char *kind, const char *name);

#endif
