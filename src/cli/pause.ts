// For the chaos tests: sends a signal to this process itself when it passes a named point of a supervisor's work or of a sync.
// YARDMASTER_PAUSE is `point:SIGNAL`, or `point:SIGNAL:n` for the n-th time the point is passed. Without the variable a
// point costs nothing.
import { constants } from 'node:os';
import { Fault } from '../core/fault.ts';
import { syncPoints, type SyncPoint } from '../ports/issue-sync.ts';
import { pausePoints, type PausePoint } from '../supervisor/pause-points.ts';

export function pauseAt(env: Readonly<Record<string, string | undefined>>): (point: PausePoint | SyncPoint) => void {
  const told = env['YARDMASTER_PAUSE'] ?? '';
  if (told === '') return () => undefined;
  const [name, signal, times = '1'] = told.split(':');
  const points = [...pausePoints, ...syncPoints];
  const wanted = points.find((point) => point === name);
  if (wanted === undefined || signal === undefined || !(signal in constants.signals)) {
    throw new Fault({
      code: 'pause',
      message: `YARDMASTER_PAUSE is ${told}`,
      hint: `set it to point:SIGNAL or unset it; the points are ${points.join(', ')}`,
    });
  }
  let left = Number(times);
  return (point) => {
    if (point !== wanted) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, signal);
  };
}
