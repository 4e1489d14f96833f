/* attr.h - what the compiler is told about declarations. */
#ifndef SPOM_BASE_ATTR_H
#define SPOM_BASE_ATTR_H
#include <stddef.h>

#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define UNUSED __attribute__((unused))
#define NORETURN __attribute__((noreturn))

/* CLEANUP(f): f(&variable) runs when the variable leaves its scope. */
#define CLEANUP(f) __attribute__((cleanup(f)))

/* The number of elements of an array (never of a pointer). */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

#endif
