// The parts of an issue's past, as GraphQL asks for them, and a past as it is remembered.
const actor = 'actor { login __typename }';

/** The parts of an issue's past. Each can be longer than a page. */
export const parts = {
  edits: {
    of: 'userContentEdits(first: 100, after: $at)',
    nodes: 'editedAt diff editor { login __typename }',
  },
  comments: { of: 'comments(first: 100, after: $at)', nodes: 'fullDatabaseId body author { login __typename } authorAssociation' },
  labelings: {
    of: 'timelineItems(last: 100, before: $at, itemTypes: [LABELED_EVENT])',
    nodes: `... on LabeledEvent { createdAt label { name } ${actor} }`,
  },
  renames: {
    of: 'timelineItems(last: 100, before: $at, itemTypes: [RENAMED_TITLE_EVENT])',
    nodes: `... on RenamedTitleEvent { createdAt previousTitle currentTitle ${actor} }`,
  },
  states: {
    of: 'timelineItems(last: 20, before: $at, itemTypes: [CLOSED_EVENT, REOPENED_EVENT, CONVERTED_TO_DISCUSSION_EVENT])',
    nodes: `__typename ... on ClosedEvent { ${actor} } ... on ReopenedEvent { ${actor} }`,
  },
} as const;

export type Part = keyof typeof parts;
export const partNames = Object.keys(parts) as Part[];

/** Of each part its nodes, oldest first; the edits as GitHub lists them, newest first. */
export type Past = Readonly<Record<Part, readonly unknown[]>>;
