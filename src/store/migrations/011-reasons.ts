// From here on the reason of a task and of a transition, and each reason of a route, is data: a code and its facts, as JSON.
// Rows from before keep their text and are read as `legacy`; only a program that knows both may open the database.

export function eleventh(): readonly string[] {
  return [];
}
