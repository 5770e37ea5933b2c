// Lists every figure, in the order in which they are measured.
import type { Figure } from './figure.ts';
import { claims } from './figures/claims.ts';
import { endToEnd } from './figures/end-to-end.ts';
import { finished } from './figures/finished.ts';
import { idlePulse } from './figures/idle-pulse.ts';
import { idle } from './figures/idle.ts';
import { ls } from './figures/ls.ts';
import { restart } from './figures/restart.ts';
import { scan } from './figures/scan.ts';
import { sites } from './figures/sites.ts';
import { start } from './figures/start.ts';
import { streams } from './figures/streams.ts';
import { verdict } from './figures/verdict.ts';

export const figures: readonly Figure[] = [start, verdict, claims, finished, idlePulse, scan, streams, idle, ls, restart, sites, endToEnd];
