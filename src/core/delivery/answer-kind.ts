/** Why a worker works on a task that is delivered: its answer to the forge. Each kind has rounds of its own. */
export const answerKinds = ['checks', 'review', 'conflict'] as const;
export type AnswerKind = (typeof answerKinds)[number];
