// The brief of a task, a file of its own. Apart from intake, because commands that only look read it as well and shall start fast.
import type { TaskRequest } from '../../core/task/task.ts';
import type { TodoFile } from '../../ports/todo-file.ts';

/** A line's request with its brief, which goes before what stands below the line. */
export async function withBrief(
  { todo }: { readonly todo: TodoFile },
  given: { readonly repo: string; readonly request: TaskRequest },
): Promise<TaskRequest> {
  const { repo, request } = given;
  const brief = await todo.brief(repo, request.id);
  return brief === null ? request : { ...request, body: [brief.trimEnd(), request.body ?? ''].join('\n\n').trimEnd() };
}
