/*
 * libedit, loaded when a line is first to be edited: it and the libraries behind it take a fifth of
 * what the program needs to start, and most runs have no prompt.
 */
#ifndef MSIG_BIND_EDIT_LIBRARY_H
#define MSIG_BIND_EDIT_LIBRARY_H

#include <histedit.h>

/* result, name, parameters */
#define MSIG_EDIT_LIST(X)                                                                          \
    X(EditLine *, el_init, (const char *program, FILE *in, FILE *out, FILE *err))                  \
    X(void, el_end, (EditLine * edit))                                                             \
    X(int, el_get, (EditLine * edit, int what, ...))                                               \
    X(int, el_set, (EditLine * edit, int what, ...))                                               \
    X(const char *, el_gets, (EditLine * edit, int *len))                                          \
    X(const LineInfo *, el_line, (EditLine * edit))                                                \
    X(int, el_insertstr, (EditLine * edit, const char *text))                                      \
    X(void, el_resize, (EditLine * edit))                                                          \
    X(History *, history_init, (void))                                                             \
    X(void, history_end, (History * lines))                                                        \
    X(int, history, (History * lines, HistEvent * event, int what, ...))

typedef struct msig_edit {
#define MSIG_EDIT_FIELD(result, name, parameters) result(*name) parameters;
    MSIG_EDIT_LIST(MSIG_EDIT_FIELD)
#undef MSIG_EDIT_FIELD
} msig_edit;

/* The library, which stays loaded; NULL if it is not there. */
const msig_edit *msig_edit_library(void);

#endif
