"""How long something took: monotonic seconds, for durations that are billed or shown as performance.

The clock of a cloud may be virtual and jump by hours; a stopwatch never does. Do not compare its readings with the clock's.
"""

import time

ticks = time.perf_counter
