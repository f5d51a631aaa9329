/* The peer of the parse bench. Only parse.c uses it. */
#ifndef MSIG_TESTS_PARSE_PEER_H
#define MSIG_TESTS_PARSE_PEER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads every value of a header of len bytes (in memory of `room` bytes); counts the tensors. Ends
 * the program if the header is not what it should be. */
size_t parse_peer(const char *text, size_t len, size_t room);

#ifdef __cplusplus
}
#endif

#endif
