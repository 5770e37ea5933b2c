// The points of a GraphQL query by GitHub's published rules: the requests that each connection needs if every one is filled
// to its limit, divided by 100. Also the limits that GitHub sets for queries before it carries them out.
import { getNamedType, isCompositeType, isObjectType, Kind } from 'graphql';
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLSchema,
  GraphQLType,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql';

export interface Cost {
  readonly points: number;
  /** The most nodes that the query can return. */
  readonly nodes: number;
  /** Connections without a limit, or with one over 100, in GitHub's words. */
  readonly problems: readonly string[];
}

interface Sum {
  requests: number;
  nodes: number;
  readonly problems: string[];
}

export function costOf(given: {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}): Cost {
  const { schema, document, operation, variables } = given;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of document.definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  const sum: Sum = { requests: 0, nodes: 0, problems: [] };
  const root = schema.getRootType(operation.operation);
  if (root != null) walk(operation.selectionSet, { type: root, times: 1 });
  return { points: Math.max(1, Math.round(sum.requests / 100)), nodes: sum.nodes, problems: sum.problems };

  function walk(selection: SelectionSetNode, at: { readonly type: GraphQLType; readonly times: number }): void {
    for (const one of selection.selections) {
      if (one.kind === Kind.FIELD) field(one, at);
      else if (one.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(one.name.value);
        const type = fragment === undefined ? undefined : schema.getType(fragment.typeCondition.name.value);
        if (fragment !== undefined && type !== undefined) walk(fragment.selectionSet, { type, times: at.times });
      } else {
        const type = one.typeCondition === undefined ? at.type : schema.getType(one.typeCondition.name.value);
        if (type !== undefined) walk(one.selectionSet, { type, times: at.times });
      }
    }
  }

  function field(node: FieldNode, { type, times }: { readonly type: GraphQLType; readonly times: number }): void {
    const parent = getNamedType(type);
    const definition = isCompositeType(parent) && 'getFields' in parent ? parent.getFields()[node.name.value] : undefined;
    if (definition === undefined || node.selectionSet === undefined) return;
    const inner = getNamedType(definition.type);
    if (!isObjectType(inner) || !inner.name.endsWith('Connection')) {
      const ids = valueOf(node, 'ids');
      walk(node.selectionSet, { type: inner, times: times * (Array.isArray(ids) ? ids.length : 1) });
      return;
    }
    const limit = valueOf(node, 'first') ?? valueOf(node, 'last');
    if (typeof limit !== 'number')
      sum.problems.push(`You must provide a \`first\` or \`last\` value to properly paginate the \`${node.name.value}\` connection.`);
    else if (limit > 100 || limit < 1)
      sum.problems.push(`Requesting ${limit} records on the \`${node.name.value}\` connection exceeds the \`first\` limit of 100 records.`);
    const size = typeof limit === 'number' ? limit : 0;
    sum.requests += times;
    sum.nodes += times * size;
    walk(node.selectionSet, { type: inner, times: times * Math.max(1, size) });
  }

  function valueOf(node: FieldNode, name: string): unknown {
    const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
    if (value === undefined) return undefined;
    if (value.kind === Kind.VARIABLE) return variables[value.name.value] ?? defaultOf(value.name.value);
    if (value.kind === Kind.LIST) return value.values;
    return value.kind === Kind.INT ? Number(value.value) : undefined;
  }

  function defaultOf(name: string): unknown {
    const value = operation.variableDefinitions?.find((one) => one.variable.name.value === name)?.defaultValue;
    return value?.kind === Kind.INT ? Number(value.value) : undefined;
  }
}

/** The names of the fields at the root of the operation. */
export function rootFields(operation: OperationDefinitionNode): readonly string[] {
  return operation.selectionSet.selections.flatMap((one) => (one.kind === Kind.FIELD ? [one.name.value] : []));
}
