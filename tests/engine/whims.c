/*
 * What a seed draws: how long its life is, over how many orders, which troubles
 * befall it and how often. See world.h. Most lives are short and know few
 * kinds of trouble, so that one that matters is not drowned by the others.
 */
#include "disk.h"
#include "tally.h"
#include "world.h"

#define PICK(s, list) ((list)[sim_below((s), sizeof(list) / sizeof(*(list)))])

static int draw_steps(struct sim *s)
{
	int size = sim_below(s, 100);

	if (size < 75)
		return 15 + sim_below(s, 35);
	if (size < 98)
		return 50 + sim_below(s, 50);
	return 90 + sim_below(s, 150);
}

void whims_draw(struct sim *s)
{
	static const int faults[] = {0, 0, 5, 10, 20, 35, 60};
	static const int rates[] = {0, 0, 10, 30, 60};
	static const int rare[] = {0, 0, 0, 20, 50};
	static const int paces[] = {1000, 5000, 30000, 120000};
	static const int grains[] = {0, 60, 100, 300, 1000};
	struct whims *w = &s->whims;

	w->steps = draw_steps(s);
	w->orders = 1 + sim_below(s, w->steps < 60 ? 3 : 14);
	w->folk_percent = 30 + sim_below(s, 60);
	w->fault_percent = PICK(s, faults);
	w->fates = sim_chance(s, 40) ? ~0u : (unsigned)sim_random(s);
	w->words = sim_chance(s, 50) ? ~0u : (unsigned)sim_random(s);
	w->races = sim_chance(s, 50);
	w->pace_ms = PICK(s, paces);
	w->grain_ms = PICK(s, grains);
	s->config.poll_ms = w->pace_ms;
	w->crash_1000 = PICK(s, rates);
	w->stop_1000 = PICK(s, rates) / 2;
	w->jump_1000 = PICK(s, rates);
	w->pause_1000 = PICK(s, rates) / 3;
	w->disk_1000 = PICK(s, rare);
	w->power_1000 = PICK(s, rare);
	w->disks = (unsigned)sim_random(s) | (unsigned)sim_random(s);
}

static bool befalls(struct sim *s, int of_1000)
{
	return sim_below(s, 1000) < of_1000;
}

static void jump(struct sim *s)
{
	static const int64_t jumps[] = {
		1000,	  -1000,     3600000,	  -3600000,
		86400000, -86400000, SIM_YEAR_MS, -SIM_YEAR_MS,
	};
	int which = sim_below(s, 8);

	tally_one((enum tally)(TALLY_JUMP_SECOND + which));
	sim_jump(s, jumps[which]);
}

static void break_disk(struct sim *s)
{
	enum disk_trouble trouble =
		(enum disk_trouble)(DISK_FULL + sim_below(s, 5));

	if (!(s->whims.disks & (1u << trouble)))
		return;
	sim_say(s, "the disk gets trouble %d", (int)trouble);
	disk.trouble = trouble;
	disk.after = sim_below(s, 12);
	disk.left = trouble == DISK_DEAD ? -1 : 1;
	if (trouble == DISK_FULL)
		disk.left = sim_chance(s, 50) ? -1 : 1 + sim_below(s, 30);
	disk.hits = 0;
}

/* A full disk gets room again by itself, a latch is removed by somebody. */
static void mend_disk(struct sim *s)
{
	if (disk.hits && disk.trouble >= DISK_FULL &&
	    disk.trouble <= DISK_READ_EIO) {
		tally_one((enum tally)(TALLY_DISK_FULL + (int)disk.trouble -
				       DISK_FULL));
		disk.hits = 0;
	}
	if (disk.left == 0 || (disk.left < 0 && sim_chance(s, 10)))
		disk_mend();
	if (sim_halted(s) && sim_chance(s, 30))
		sim_recover(s);
}

void whims_strike(struct sim *s)
{
	const struct whims *w = &s->whims;

	if (befalls(s, w->crash_1000)) {
		tally_one(TALLY_CRASH);
		sim_crash(s);
	}
	if (befalls(s, w->stop_1000)) {
		tally_one(TALLY_STOP);
		sim_stop(s);
		sim_pass(s, sim_below(s, 60000));
		sim_start(s);
	}
	if (befalls(s, w->jump_1000))
		jump(s);
	if (befalls(s, w->pause_1000)) {
		tally_one(TALLY_LONG_PAUSE);
		sim_pass(s, sim_below(s, 100000000));
		model_disturbed_all(s, "pause");
	}
	if (befalls(s, w->power_1000))
		sim_lose_power(s);
	mend_disk(s);
	if (disk.trouble == DISK_WELL && befalls(s, w->disk_1000))
		break_disk(s);
}

void whims_end(struct sim *s)
{
	s->people = s->whims.races = false;
	s->whims.fault_percent = 0;
	disk_mend();
	if (sim_halted(s))
		sim_recover(s);
	/* Nothing is to be found by looking again and again. */
	s->config.poll_ms = 2 * SIM_YEAR_MS;
	if (s->whims.grain_ms)
		s->whims.grain_ms = 1000;
}
