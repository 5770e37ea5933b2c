/** Why a worker works on a task that is delivered: its answer to the forge. Each kind has rounds of its own. */
export type AnswerKind = 'checks' | 'review' | 'conflict';
