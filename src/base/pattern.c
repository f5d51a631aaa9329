#include "base/pattern.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    DEPTH = 200,     /* of the recursion, as in Lua */
    PIECE = 4096,    /* work between two calls of `spend` */
    ITEMS_A_STEP = 8 /* items of a set that count as one step of work */
};

static const char *match(msig_matcher *m, const char *s, const char *p);

static void count(msig_matcher *m, size_t work) {
    m->work += work;
    if (m->work < PIECE)
        return;
    size_t done = m->work;
    m->work = 0;
    m->spend(m->ctx, done);
}

static void complain(msig_matcher *m, const char *message) {
    m->complain(m->ctx, message);
}

/* ---- single characters ---- */

static bool in_class(unsigned char c, unsigned char letter) {
    bool in;
    switch (tolower(letter)) {
    case 'a':
        in = isalpha(c);
        break;
    case 'c':
        in = iscntrl(c);
        break;
    case 'd':
        in = isdigit(c);
        break;
    case 'g':
        in = isgraph(c);
        break;
    case 'l':
        in = islower(c);
        break;
    case 'p':
        in = ispunct(c);
        break;
    case 's':
        in = isspace(c);
        break;
    case 'u':
        in = isupper(c);
        break;
    case 'w':
        in = isalnum(c);
        break;
    case 'x':
        in = isxdigit(c);
        break;
    case 'z': /* of Lua 5.1, still understood */
        in = c == 0;
        break;
    default:
        return c == letter;
    }
    return in != (isupper(letter) != 0);
}

/* The ] of a set whose [ is at p. Its first item may be a ], and a % takes the next one along. */
static const char *set_end(msig_matcher *m, const char *p) {
    const char *q = p + 1;
    if (q < m->pattern_end && *q == '^')
        q++;
    for (bool first = true; q < m->pattern_end; first = false) {
        if (*q == ']' && !first)
            return q;
        q += *q == '%' && q + 1 < m->pattern_end ? 2 : 1;
    }
    complain(m, "malformed pattern (missing ']')");
    return NULL;
}

static bool in_set(unsigned char c, const char *p, const char *end) {
    bool negated = *++p == '^';
    if (negated)
        p++;
    for (; p < end; p++) {
        unsigned char first = (unsigned char)*p;
        if (first == '%') {
            if (in_class(c, (unsigned char)*++p))
                return !negated;
        } else if (p + 2 < end && p[1] == '-') {
            p += 2;
            if (first <= c && c <= (unsigned char)*p)
                return !negated;
        } else if (first == c) {
            return !negated;
        }
    }
    return negated;
}

/* The end of the single character, class or set at p. */
static const char *single_end(msig_matcher *m, const char *p) {
    if (*p == '[')
        return set_end(m, p) + 1;
    if (*p != '%')
        return p + 1;
    if (p + 1 == m->pattern_end)
        complain(m, "malformed pattern (ends with '%')");
    return p + 2;
}

/* Does what is at s belong to the single at p, which ends at `end`? */
static bool fits(msig_matcher *m, const char *s, const char *p, const char *end) {
    if (s >= m->end)
        return false;
    unsigned char c = (unsigned char)*s;
    switch (*p) {
    case '.':
        return true;
    case '%':
        return in_class(c, (unsigned char)p[1]);
    case '[':
        count(m, (size_t)(end - p) / ITEMS_A_STEP);
        return in_set(c, p, end - 1);
    default:
        return (unsigned char)*p == c;
    }
}

/* ---- repetitions: the single at p ends at `end`, where the sign of repetition is ---- */

/* Matches as many as there are, then fewer. */
static const char *greedy(msig_matcher *m, const char *s, const char *p, const char *end) {
    size_t n = 0;
    while (fits(m, s + n, p, end))
        n++;
    count(m, n + 1);
    size_t least = *end == '+';
    for (size_t tried = n + 1; tried > least; tried--) {
        const char *found = match(m, s + tried - 1, end + 1);
        if (found)
            return found;
    }
    return NULL;
}

/* Matches as few as possible. */
static const char *lazy(msig_matcher *m, const char *s, const char *p, const char *end) {
    for (;; s++) {
        const char *found = match(m, s, end + 1);
        if (found || !fits(m, s, p, end))
            return found;
        count(m, 1);
    }
}

/* ---- captures ---- */

static const char *capture(msig_matcher *m, const char *s, const char *p, size_t len) {
    if (m->captures >= MSIG_CAPTURES)
        complain(m, "too many captures");
    m->capture[m->captures].from = s;
    m->capture[m->captures].len = len;
    m->captures++;
    const char *found = match(m, s, p);
    if (!found)
        m->captures--;
    return found;
}

static const char *end_capture(msig_matcher *m, const char *s, const char *p) {
    int i = m->captures - 1;
    while (i >= 0 && m->capture[i].len != MSIG_CAPTURE_OPEN)
        i--;
    if (i < 0) {
        complain(m, "invalid pattern capture");
        return NULL;
    }
    m->capture[i].len = (size_t)(s - m->capture[i].from);
    const char *found = match(m, s, p);
    if (!found)
        m->capture[i].len = MSIG_CAPTURE_OPEN;
    return found;
}

/* %1 to %9: the text of a capture again. A position capture has no text and matches nothing. */
static const char *back_reference(msig_matcher *m, const char *s, char digit) {
    int i = digit - '1';
    if (i < 0 || i >= m->captures || m->capture[i].len == MSIG_CAPTURE_OPEN) {
        char message[64];
        snprintf(message, sizeof message, "invalid capture index %%%d", i + 1);
        complain(m, message);
        return NULL;
    }
    size_t len = m->capture[i].len;
    if (len > (size_t)(m->end - s))
        return NULL;
    count(m, len / ITEMS_A_STEP);
    return memcmp(s, m->capture[i].from, len) == 0 ? s + len : NULL;
}

/* ---- %b, %f and back references ---- */

static const char *balanced(msig_matcher *m, const char *s, const char *p) {
    if (m->pattern_end - p < 2)
        complain(m, "malformed pattern (missing arguments to '%b')");
    if (s >= m->end || *s != p[0])
        return NULL;
    size_t open = 1;
    const char *q = s + 1;
    for (; q < m->end && open; q++) {
        if (*q == p[1])
            open--;
        else if (*q == p[0])
            open++;
    }
    count(m, (size_t)(q - s));
    return open ? NULL : q;
}

/* Does a set begin at s? At its ends the subject has a zero. Sets *p behind the set. */
static bool frontier(msig_matcher *m, const char *s, const char **p) {
    const char *set = *p;
    if (set >= m->pattern_end || *set != '[')
        complain(m, "missing '[' after '%f' in pattern");
    const char *end = set_end(m, set);
    unsigned char before = s == m->text ? 0 : (unsigned char)s[-1];
    unsigned char here = s == m->end ? 0 : (unsigned char)*s;
    *p = end + 1;
    count(m, (size_t)(end - set) / ITEMS_A_STEP);
    return !in_set(before, set, end) && in_set(here, set, end);
}

/* Goes over a %b, %f or %1 at *p. */
static const char *special(msig_matcher *m, const char *s, const char **p) {
    char letter = (*p)[1];
    *p += 2;
    if (letter == 'f')
        return frontier(m, s, p) ? s : NULL;
    if (letter != 'b')
        return back_reference(m, s, letter);
    s = balanced(m, s, *p);
    *p += 2;
    return s;
}

static bool is_special(const msig_matcher *m, const char *p) {
    return *p == '%' && p + 1 < m->pattern_end &&
           (p[1] == 'b' || p[1] == 'f' || isdigit((unsigned char)p[1]));
}

/* ---- matching ---- */

/* Matches the single at p and what follows it in the pattern. NULL with *p moved: what follows is
 * still to be matched, at *s. */
static const char *single(msig_matcher *m, const char **s, const char **p) {
    const char *from = *p;
    const char *end = single_end(m, from);
    char sign = end < m->pattern_end ? *end : '\0';
    if (sign == '*' || sign == '+')
        return greedy(m, *s, from, end);
    if (sign == '-')
        return lazy(m, *s, from, end);
    bool here = fits(m, *s, from, end);
    if (sign == '?') {
        const char *found = here ? match(m, *s + 1, end + 1) : NULL;
        if (!found)
            *p = end + 1;
        return found;
    }
    if (here) {
        *p = end;
        ++*s;
    }
    return NULL;
}

static const char *walk(msig_matcher *m, const char *s, const char *p) {
    while (p < m->pattern_end) {
        count(m, 1);
        if (*p == '(') {
            bool position = p + 1 < m->pattern_end && p[1] == ')';
            return capture(m, s, p + 1 + position,
                           position ? MSIG_CAPTURE_POSITION : MSIG_CAPTURE_OPEN);
        }
        if (*p == ')')
            return end_capture(m, s, p + 1);
        if (*p == '$' && p + 1 == m->pattern_end)
            return s == m->end ? s : NULL;
        if (is_special(m, p)) {
            s = special(m, s, &p);
            if (!s)
                return NULL;
            continue;
        }
        const char *before = p;
        const char *found = single(m, &s, &p);
        if (found || p == before)
            return found;
    }
    return s;
}

static const char *match(msig_matcher *m, const char *s, const char *p) {
    if (m->depth++ >= DEPTH)
        complain(m, "pattern too complex");
    const char *found = walk(m, s, p);
    m->depth--;
    return found;
}

void msig_pattern_set(msig_matcher *m, const char *pattern, size_t len, bool anchors) {
    m->pattern = pattern;
    m->pattern_end = pattern + len;
    m->anchored = anchors && len > 0 && *pattern == '^';
    if (m->anchored)
        m->pattern++;
}

const char *msig_pattern_match(msig_matcher *m, const char *from) {
    m->depth = 0;
    m->captures = 0;
    count(m, 1);
    return match(m, from, m->pattern);
}

const char *msig_pattern_search(msig_matcher *m, const char *from, const char **end) {
    for (const char *s = from; s <= m->end; s++) {
        *end = msig_pattern_match(m, s);
        if (*end)
            return s;
        if (m->anchored || s == m->end)
            break;
    }
    return NULL;
}

bool msig_pattern_is_plain(const char *pattern, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (pattern[i] != '\0' && strchr("^$*+?.([%-", pattern[i]))
            return false;
    return true;
}

const char *msig_pattern_plain(msig_matcher *m, const char *from, const char *wanted, size_t len) {
    if (len == 0)
        return from;
    const char *s = from;
    while ((size_t)(m->end - s) >= len) {
        size_t room = (size_t)(m->end - s) - len + 1;
        const char *found = memchr(s, wanted[0], room);
        count(m, ((found ? (size_t)(found - s) : room) >> 4) + (len >> 4) + 1);
        if (!found)
            return NULL;
        if (memcmp(found, wanted, len) == 0)
            return found;
        s = found + 1;
    }
    return NULL;
}
