// kill -9 of the engine at ten thousand single calls; tests/system has the
// short one.
import { killpoints } from '../system/killpoint.mjs';

killpoints(Number(process.env.MEND_KILL_POINTS ?? 10000));
