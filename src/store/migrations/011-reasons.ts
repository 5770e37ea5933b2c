// From here on, the reason of a task, of a transition and of a route is data: a code and its facts, as JSON. Older rows
// keep their text and are read as `legacy`. Only a program that knows both forms may open the database.

export function eleventh(): readonly string[] {
  return [];
}
