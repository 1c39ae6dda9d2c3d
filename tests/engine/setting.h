#ifndef MEND_TESTS_ENGINE_SETTING_H
#define MEND_TESTS_ENGINE_SETTING_H

#include "engine/flow/catalog.h"
#include "world.h"

/*
 * Under which configuration a simulated world lives: the shipped one (0), or
 * one whose adapters have narrow gates and short tempers. Each is a disk with a
 * migrated database and the configuration activated, made once a process.
 */
#define SETTINGS 10
/* In the last ones transfers are retried by so many runs at once, within a
 * time, and what was sent is undone by this. */
#define SIM_PLACES 2
#define SIM_UNDO "unfreeze"

/* Puts the disk of a setting in place; no handle may be open. */
void setting_use(struct sim *s, int setting);
/* Engines that start take a catalog that was parsed once. What is in force
 * never changes in a life, and reading it is a third of a start's cost. */
extern bool setting_share_catalogs;
/* Or this one, where what is in force is what it was read from. */
extern struct catalog *setting_catalog;

#endif
