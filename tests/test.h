#ifndef MEND_TESTS_TEST_H
#define MEND_TESTS_TEST_H

/*
 * cmocka and the headers that it wants before it, plus what its output needs:
 * tests/run sets CMOCKA_MESSAGE_OUTPUT, and counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define RUN(tests) cmocka_run_group_tests((tests), NULL, NULL)

#endif
