/** The environment variable that a worker and all its descendants carry; its value is the attempt's. */
export const markerName = 'YARDMASTER_ATTEMPT';
