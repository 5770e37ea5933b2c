// The routes about issues. A pull request is an issue too: it stands in the list, and its comments, labels and assignees
// are reached here.
import { created, done, neededText, numberParam, ok, textField, texts } from './api-call.ts';
import type { Answer, Call, Route } from './api-call.ts';
import { addLabels, checkLength, editIssueText, removeLabels, say, setAssignees, setIssueState, setLabels } from './conversation.ts';
import { editPull, newItem } from './pull-acts.ts';
import { invalid, notFound, Refusal } from './refusal.ts';
import { commentEvent, commentShape, eventShape, issueShape, wholeIssue } from './rest-issues-shapes.ts';
import { label, labelsOf } from './rest-people-and-repositories.ts';
import type { Comment, Issue, Pull } from './state.ts';
import { addSubIssue, parentOf, removeSubIssue } from './sub-issues.ts';
import { isPull, may, note, nowOf } from './state.ts';

const reads = { rights: ['issues:read', 'pull_requests:read'], least: null } as const;
const writes = { rights: ['issues:write', 'pull_requests:write'], least: null } as const;
const changes = { ...writes, least: 'triage' } as const;
const base = '/repos/{owner}/{repo}/issues';
const one = `${base}/{issue_number}`;

export const issueRoutes: readonly Route[] = [
  { method: 'GET', path: base, ...reads, handle: list },
  { method: 'POST', path: base, rights: ['issues:write'], least: null, content: true, handle: create },
  { method: 'GET', path: `${base}/comments`, ...reads, handle: allComments },
  { method: 'GET', path: `${base}/comments/{comment_id}`, ...reads, handle: (call) => ok(commentShape(...knownComment(call))) },
  { method: 'PATCH', path: `${base}/comments/{comment_id}`, ...writes, handle: editComment },
  { method: 'DELETE', path: `${base}/comments/{comment_id}`, ...writes, handle: deleteComment },
  { method: 'GET', path: one, ...reads, handle: (call) => ok(wholeIssue(itself(call))) },
  { method: 'PATCH', path: one, ...writes, handle: edit },
  { method: 'GET', path: `${one}/comments`, ...reads, handle: comments },
  { method: 'POST', path: `${one}/comments`, ...writes, content: true, handle: comment },
  { method: 'GET', path: `${one}/labels`, ...reads, handle: labels },
  { method: 'POST', path: `${one}/labels`, ...changes, handle: changeLabels(addLabels) },
  { method: 'PUT', path: `${one}/labels`, ...changes, handle: changeLabels(setLabels) },
  { method: 'DELETE', path: `${one}/labels/{name}`, ...changes, handle: dropLabel },
  { method: 'POST', path: `${one}/assignees`, ...changes, handle: assign },
  { method: 'DELETE', path: `${one}/assignees`, ...changes, handle: unassign },
  { method: 'GET', path: `${one}/timeline`, ...reads, handle: timeline },
  { method: 'GET', path: `${one}/events`, ...reads, handle: events },
  { method: 'GET', path: `${one}/sub_issues`, ...reads, handle: (call) => ok(call.page(item(call).subIssues.map(issueShape))) },
  { method: 'POST', path: `${one}/sub_issues`, ...changes, handle: addSub },
  { method: 'DELETE', path: `${one}/sub_issue`, ...changes, handle: removeSub },
  { method: 'GET', path: `${one}/parent`, ...reads, handle: parent },
  { method: 'GET', path: `${one}/dependencies/blocked_by`, ...reads, handle: (call) => ok(call.page(shapes(call, item(call).blockedBy))) },
  { method: 'POST', path: `${one}/dependencies/blocked_by`, ...changes, handle: block },
  { method: 'DELETE', path: `${one}/dependencies/blocked_by/{issue_id}`, ...changes, handle: unblock },
  { method: 'GET', path: `${one}/dependencies/blocking`, ...reads, handle: blocking },
];

/** A redirect leads to an issue that was moved, but not to what belongs to it: its comments and the like are not found. */
function itself(call: Call): Issue | Pull {
  const gone = call.repository.items.get(numberParam(call, 'issue_number'))?.gone ?? null;
  if (gone !== null && gone !== 'deleted') throw new Refusal({ status: 301, message: 'Moved Permanently', location: gone.to });
  return item(call);
}

function item(call: Call): Issue | Pull {
  const found = call.repository.items.get(numberParam(call, 'issue_number'));
  if (found?.gone === 'deleted') throw new Refusal({ status: 410, message: 'This issue was deleted' });
  if (found === undefined || found.gone !== null) throw notFound();
  return found;
}

function list(call: Call): Answer {
  const { query } = call;
  const state = query.get('state') ?? 'open';
  const wanted = (query.get('labels') ?? '').split(',').filter(Boolean);
  const assignee = query.get('assignee');
  const creator = query.get('creator');
  const since = query.get('since');
  const found = [...call.repository.items.values()]
    .filter((one) => one.gone === null && (state === 'all' || one.state === state))
    .filter((one) => wanted.every((name) => one.labels.some((label) => label.toLowerCase() === name.trim().toLowerCase())))
    .filter((one) => assignee === null || isAssigned(one, assignee))
    .filter((one) => creator === null || one.author === creator)
    .filter((one) => since === null || Date.parse(one.updatedAt) >= Date.parse(since));
  const key = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const up = query.get('direction') === 'asc' ? 1 : -1;
  return ok(call.page(found.toSorted((a, b) => up * (a[key].localeCompare(b[key]) || a.number - b.number))).map(issueShape));
}

/** `none` and `*` are GitHub's words for nobody and for anybody. */
function isAssigned({ assignees }: Issue, to: string): boolean {
  if (to === 'none') return assignees.length === 0;
  return to === '*' ? assignees.length > 0 : assignees.includes(to);
}

function create(call: Call): Answer {
  checkLength(textField(call, 'body') ?? null);
  const able = may(call.repository, call.viewer, 'triage');
  if (able) checkAssignees(call);
  const title = neededText(call, 'title');
  if (title.trim() === '') throw invalid({ resource: 'Issue', field: 'title', code: 'missing_field' });
  const fields = newItem(call.repository, { by: call.viewer, title, body: textField(call, 'body') ?? null });
  const issue: Issue = { ...fields, kind: 'issue' };
  call.repository.items.set(issue.number, issue);
  // Labels and assignees of people without the right are dropped without a word.
  if (able) {
    addLabels(issue, { by: call.viewer, names: texts(call, 'labels') ?? [] });
    setAssignees(issue, { by: call.viewer, logins: texts(call, 'assignees') ?? [] });
  }
  return created(wholeIssue(issue));
}

/** A list of assignees in an issue's fields is refused as a whole for one who cannot be assigned. */
function checkAssignees(call: Call): void {
  for (const login of texts(call, 'assignees') ?? [])
    if (login !== call.viewer && !may(call.repository, login, 'triage'))
      throw invalid({ value: login, resource: 'Issue', field: 'assignees', code: 'invalid' });
}

function edit(call: Call): Answer {
  const found = itself(call);
  const { viewer: by } = call;
  const able = may(call.repository, by, 'triage');
  if (found.author !== by && !able) throw new Refusal({ status: 403, message: 'Must have triage access to repository.' });
  const { title, body, state } = call.body;
  const texted = { ...(typeof title === 'string' ? { title } : {}), ...(typeof body === 'string' || body === null ? { body } : {}) };
  if (state !== undefined && state !== 'open' && state !== 'closed') throw invalid({ resource: 'Issue', field: 'state', code: 'invalid' });
  const names = texts(call, 'labels');
  const logins = texts(call, 'assignees');
  // What is refused changes nothing, so all that can be refused is checked first.
  if (able) checkAssignees(call);
  if (isPull(found)) editPull(found, { by, ...texted, ...(state === undefined ? {} : { state }) });
  else {
    editIssueText(found, { by, ...texted });
    if (state !== undefined) setIssueState(found, { by, state, reason: (textField(call, 'state_reason') ?? null) as Issue['stateReason'] });
  }
  if (able && names !== undefined) setLabels(found, { by, names });
  if (able && logins !== undefined) setAssignees(found, { by, logins });
  found.updatedAt = nowOf(call.world);
  return ok(wholeIssue(found));
}

function comments(call: Call): Answer {
  const found = item(call);
  const since = call.query.get('since');
  return ok(call.page(found.comments.filter((one) => since === null || one.updatedAt >= since)).map((one) => commentShape(found, one)));
}

/** Of all issues and pull requests, in the order that is asked for. */
function allComments(call: Call): Answer {
  const { query } = call;
  const key = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const up = query.get('direction') === 'desc' ? -1 : 1;
  const since = query.get('since');
  const all = [...call.repository.items.values()]
    .filter((one) => one.gone === null)
    .flatMap((one) => one.comments.map((said) => ({ one, said })))
    .filter(({ said }) => since === null || said.updatedAt >= since);
  const found = all.toSorted((a, b) => up * (a.said[key].localeCompare(b.said[key]) || a.said.id - b.said.id));
  return ok(call.page(found).map(({ one, said }) => commentShape(one, said)));
}

function comment(call: Call): Answer {
  const found = item(call);
  return created(commentShape(found, say(found, { by: call.viewer, body: textField(call, 'body') ?? '' })));
}

function knownComment(call: Call): [Issue | Pull, Comment] {
  for (const one of call.repository.items.values()) {
    const found = one.comments.find(({ id }) => id === numberParam(call, 'comment_id'));
    if (found !== undefined) return [one, found];
  }
  throw notFound();
}

function editComment(call: Call): Answer {
  const [on, known] = knownComment(call);
  if (known.author !== call.viewer && !may(call.repository, call.viewer, 'write'))
    throw new Refusal({ status: 403, message: 'Must have write access to repository.' });
  known.body = neededText(call, 'body');
  known.updatedAt = nowOf(call.world);
  return ok(commentShape(on, known));
}

function deleteComment(call: Call): Answer {
  const [on, known] = knownComment(call);
  if (known.author !== call.viewer && !may(call.repository, call.viewer, 'write'))
    throw new Refusal({ status: 403, message: 'Must have write access to repository.' });
  on.comments.splice(on.comments.indexOf(known), 1);
  return done;
}

function labels(call: Call): Answer {
  return ok(call.page(labelsOf(item(call))).map((one) => label(call.repository, one)));
}

function changeLabels(change: (item: Issue | Pull, given: { readonly by: string; readonly names: readonly string[] }) => void) {
  return (call: Call): Answer => {
    const found = item(call);
    change(found, { by: call.viewer, names: texts(call, 'labels') ?? [] });
    return ok(labelsOf(found).map((one) => label(call.repository, one)));
  };
}

function dropLabel(call: Call): Answer {
  const found = item(call);
  const name = call.params['name'] ?? '';
  if (!found.labels.some((label) => label.toLowerCase() === name.toLowerCase())) throw notFound('Label does not exist');
  removeLabels(found, { by: call.viewer, names: [name] });
  return ok(labelsOf(found).map((one) => label(call.repository, one)));
}

function assign(call: Call): Answer {
  const found = item(call);
  setAssignees(found, { by: call.viewer, logins: [...found.assignees, ...(texts(call, 'assignees') ?? [])] });
  return created(issueShape(found));
}

function unassign(call: Call): Answer {
  const found = item(call);
  const gone = texts(call, 'assignees') ?? [];
  setAssignees(found, { by: call.viewer, logins: found.assignees.filter((login) => !gone.includes(login)) });
  return ok(issueShape(found));
}

function timeline(call: Call): Answer {
  const found = item(call);
  const all = [
    ...found.comments.map((one) => ({ at: one.createdAt, id: one.id, shape: commentEvent(found, one) })),
    ...found.events.map((one) => ({ at: one.at, id: one.id, shape: eventShape(found, one) })),
  ];
  return ok(call.page(all.toSorted((a, b) => a.at.localeCompare(b.at) || a.id - b.id)).map(({ shape }) => shape));
}

function events(call: Call): Answer {
  return ok(call.page(item(call).events).map((one) => eventShape(item(call), one)));
}

function shapes(call: Call, numbers: readonly number[]): readonly object[] {
  return numbers.flatMap((number) => call.repository.items.get(number) ?? []).map(issueShape);
}

/** The issue whose id (not its number) the request has. */
function issueById(call: Call, id: number): Issue {
  const found = [...call.repository.items.values()].find((one) => one.id === id);
  if (found === undefined) throw notFound();
  return found;
}

function addSub(call: Call): Answer {
  const found = item(call);
  addSubIssue(found, { by: call.viewer, sub: anyIssue(call), replaces: call.body['replace_parent'] === true });
  return created(wholeIssue(found));
}

function removeSub(call: Call): Answer {
  const found = item(call);
  removeSubIssue(found, { by: call.viewer, sub: anyIssue(call) });
  return ok(wholeIssue(found));
}

/** The sub-issue may be of another repository. */
function anyIssue(call: Call): Issue {
  const all = [...call.world.repositories.values()].flatMap((repository) => [...repository.items.values()]);
  const found = all.find(({ id }) => id === Number(call.body['sub_issue_id']));
  if (found === undefined) throw notFound();
  return found;
}

function parent(call: Call): Answer {
  const found = parentOf(item(call));
  if (found === null) throw notFound();
  return ok(issueShape(found));
}

function block(call: Call): Answer {
  const found = item(call);
  const blocker = issueById(call, Number(call.body['issue_id']));
  if (found.blockedBy.includes(blocker.number) || blocker === found)
    throw invalid({ resource: 'Issue', code: 'custom', field: 'issue_id', message: 'Issue cannot be added as a dependency' });
  found.blockedBy.push(blocker.number);
  note(found, { event: 'blocked_by_added', actor: call.viewer });
  return created(issueShape(blocker));
}

function unblock(call: Call): Answer {
  const found = item(call);
  const blocker = issueById(call, numberParam(call, 'issue_id'));
  if (!found.blockedBy.includes(blocker.number)) throw notFound();
  found.blockedBy = found.blockedBy.filter((number) => number !== blocker.number);
  note(found, { event: 'blocked_by_removed', actor: call.viewer });
  return ok(issueShape(blocker));
}

function blocking(call: Call): Answer {
  const { number } = item(call);
  return ok(call.page([...call.repository.items.values()].filter((other) => other.blockedBy.includes(number))).map(issueShape));
}
