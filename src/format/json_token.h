/*
 * The inner parts of the JSON reader (json.h): tokens. Only json.c uses them.
 */
#ifndef MSIG_FORMAT_JSON_TOKEN_H
#define MSIG_FORMAT_JSON_TOKEN_H

#include "format/json.h"

/* Reads more text behind the window, keeping what is marked; *got is false at the end. */
msig_status msig_json_more(msig_json *json, bool *got, msig_err *err);

/* Reports that something else was expected at the current position. */
msig_status msig_json_unexpected(const msig_json *json, const char *expected, msig_err *err);

/* Each reads one token at the current position and fills the event. */
msig_status msig_json_string(msig_json *json, msig_json_event *event, msig_err *err);
msig_status msig_json_number(msig_json *json, msig_json_event *event, msig_err *err);
msig_status msig_json_word(msig_json *json, msig_json_event *event, msig_err *err);

#endif
