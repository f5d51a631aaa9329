/*
 * The inner parts of the JSON reader (json.h): tokens. Only json.c uses them.
 */
#ifndef MSIG_FORMAT_JSON_TOKEN_H
#define MSIG_FORMAT_JSON_TOKEN_H

#include "format/json_window.h"

/* Each reads one token at the current position and fills the event. */
msig_status msig_json_string(msig_json *json, msig_json_event *event, msig_err *err);
msig_status msig_json_number(msig_json *json, msig_json_event *event, msig_err *err);
msig_status msig_json_word(msig_json *json, msig_json_event *event, msig_err *err);

#endif
