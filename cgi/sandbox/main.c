/*
 * mend-sandbox: the systems around an order, played by one FastCGI program
 * behind /sandbox/, so that Mend can be run, shown and broken without any
 * real one.
 */
#include "cgi/sandbox/sandbox.h"

static const struct system *const systems[] = {
	&order_system,	 &order_act_system, &transfer_system,  &supplier_system,
	&payment_system, &message_system,   &inventory_system, &dispute_system,
	&payout_system,	 &official_system,  &scan_system,      &ledger_system,
	&world_system,	 &event_system,	    &storm_system,     &index_system,
};

static int64_t workers(const struct config *config)
{
	return config->sandbox_workers;
}

int main(int argc, char **argv)
{
	struct program program = {
		.name = "mend-sandbox",
		.socket = "sandbox",
		.database = "sandbox.db",
		.workers = workers,
		.open = sandbox_open,
		.housekeep = sandbox_housekeep,
		.housekeep_ms = 2000,
	};
	storm_open();
	program.routes =
		serve_routes(systems, sizeof(systems) / sizeof(systems[0]),
			     &program.route_count);
	return program_main(&program, argc, argv);
}
