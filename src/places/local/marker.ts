import type { Marker } from '../../lib/process-table.ts';

/** The environment variable that a worker and all its descendants carry; its value is the attempt's. */
export const markerName = 'YARDMASTER_ATTEMPT';

export function markerOf(value: string): Marker {
  return { name: markerName, value };
}
