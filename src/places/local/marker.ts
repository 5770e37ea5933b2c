import type { Marker } from '../../lib/process-table.ts';

/** The environment variable that a worker and all of its descendants carry; its value is unique to the attempt. */
export const markerName = 'YARDMASTER_ATTEMPT';

export function markerOf(value: string): Marker {
  return { name: markerName, value };
}
