// kill -9 of the engine at single calls, 504 of them; tests/soak has more.
import { killpoints } from './killpoint.mjs';

killpoints(Number(process.env.MEND_KILL_POINTS ?? 504));
