// Holds every answer of REST, and every request, against GitHub's own description. It is fetched only by the lane that needs
// it (`described.full.test.ts`), because its package is large. Schemas are compiled when they are first used.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';

export const descriptionFolder = fileURLToPath(new URL('../forge-descriptions/', import.meta.url));
/** It is put here in one step, because other tests use it as soon as it is there. */
export const descriptionFile = join(descriptionFolder, 'api.github.com.json');

type Schema = Record<string, unknown>;
interface Operation {
  readonly parameters?: readonly Schema[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
  readonly responses: Readonly<Record<string, Schema>>;
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<'schemas' | 'responses' | 'parameters', Readonly<Record<string, Schema>>>>;
}

export interface Exchange {
  readonly method: string;
  /** As the description writes it, such as `/repos/{owner}/{repo}`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly sent: unknown;
  readonly status: number;
  readonly answered: unknown;
}

let loaded: OpenApi | null = null;

/** Null where the description is not on this machine. */
export function openApi(): OpenApi | null {
  if (loaded === null && existsSync(descriptionFile))
    loaded = new OpenApi(JSON.parse(readFileSync(descriptionFile, 'utf8')) as Description);
  return loaded;
}

export class OpenApi {
  readonly #description: Description;
  readonly #compiled = new Map<string, ValidateFunction>();
  readonly #added = new Set<string>();
  readonly #ajv: Ajv;

  constructor(description: Description) {
    this.#description = description;
    this.#ajv = new Ajv({ strict: false, allErrors: false, inlineRefs: false, logger: false });
    this.#ajv.addFormat('date-time', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/);
    this.#ajv.addFormat('uri', { validate: (text: string) => URL.canParse(text) });
  }

  /** What is wrong with the request or its answer, as sentences; empty if nothing is. */
  problems(exchange: Exchange): readonly string[] {
    const { method, path, status } = exchange;
    const operation = this.#description.paths[path]?.[method.toLowerCase()];
    const where = `${method} ${path}`;
    if (operation === undefined) return [`${where} does not exist at GitHub`];
    const answer = this.#answer(operation, status);
    const asked = [
      ...this.#unknownParameters(operation, exchange.query),
      ...this.#wrongBody(operation, { where, sent: exchange.sent, status }),
    ];
    // A repository that moved redirects every request; the description says so only for some.
    if (answer === null) return status < 300 ? [...asked, `${where} answers ${status}, which is not described`] : asked;
    if (answer === 'nothing') return asked;
    return [...asked, ...this.#against(answer, { key: `${where} ${status}`, value: exchange.answered })];
  }

  #unknownParameters(operation: Operation, query: URLSearchParams): readonly string[] {
    const known = (operation.parameters ?? []).map((parameter) => this.#resolve(parameter)['name']);
    return [...query.keys()].filter((name) => !known.includes(name)).map((name) => `the parameter ${name} does not exist`);
  }

  #wrongBody(operation: Operation, given: { readonly where: string; readonly sent: unknown; readonly status: number }): readonly string[] {
    const schema = operation.requestBody?.content?.['application/json']?.schema;
    // A request that was refused may well be a wrong one.
    if (schema === undefined || given.sent === undefined || given.status >= 400) return [];
    return this.#against(schema, { key: `${given.where} request`, value: given.sent });
  }

  /** The schema of the answer; `nothing`: it has no body that is described; null: the status is not described. */
  #answer(operation: Operation, status: number): Schema | 'nothing' | null {
    const described = operation.responses[String(status)];
    if (described === undefined) return null;
    const { content } = this.#resolve(described) as { content?: Record<string, { schema?: Schema }> };
    return content?.['application/json']?.schema ?? 'nothing';
  }

  #against(schema: Schema, { key, value }: { readonly key: string; readonly value: unknown }): readonly string[] {
    let validate = this.#compiled.get(key);
    if (validate === undefined) {
      validate = this.#ajv.compile(this.#ready(schema));
      this.#compiled.set(key, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${key}: ${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`);
  }

  /** Converts the schema and, the first time, those that it names: most of the thousands are never used. */
  #ready(schema: Schema): Schema {
    const named = new Set<string>();
    const converted = convert(schema, named) as Schema;
    for (const ref of named) {
      const key = ref.slice(1);
      if (this.#added.has(key)) continue;
      this.#added.add(key);
      this.#ajv.addSchema(this.#ready(this.#resolve({ $ref: ref })), key);
    }
    return converted;
  }

  #resolve(schema: Schema): Schema {
    const ref = schema['$ref'];
    if (typeof ref !== 'string') return schema;
    const [, kind = '', name = ''] = /^#\/components\/(\w+)\/(.+)$/.exec(ref) ?? [];
    return this.#description.components[kind as 'schemas'][name] ?? {};
  }
}

/** From OpenAPI's dialect (`nullable`) to JSON Schema, without what says nothing about a value. Notes the schemas it names. */
function convert(value: unknown, named: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((one) => convert(one, named));
  if (typeof value !== 'object' || value === null) return value;
  const schema: Schema = {};
  for (const [key, inner] of Object.entries(value)) {
    // A property may have the name of one of these keywords: then its value is a schema.
    if (silent.has(key) && !isSchema(inner)) continue;
    if (key === '$ref' && typeof inner === 'string') {
      named.add(inner);
      schema[key] = inner.slice(1);
    } else schema[key] = convert(inner, named);
  }
  if (!('nullable' in value) || value.nullable !== true) return schema;
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(null)) schema['enum'] = [...(schema['enum'] as unknown[]), null];
  if (typeof schema['type'] === 'string') return { ...schema, type: [schema['type'], 'null'] };
  return { anyOf: [schema, { type: 'null' }] };
}

const silent: ReadonlySet<string> = new Set(['nullable', 'example', 'examples', 'description', 'discriminator']);
const isSchema = (value: unknown): boolean => typeof value === 'object' && value !== null && ('type' in value || '$ref' in value);
