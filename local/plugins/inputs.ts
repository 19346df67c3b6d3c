import { Secret, Unknown, type Properties, type Value } from './values';

/** What one input of a resource may be. */
export interface Input {
  kind: 'string' | 'integer' | 'boolean' | 'list' | 'map' | 'object';
  required?: boolean;
  default?: Value;
  /** The only strings allowed. */
  oneOf?: readonly string[];
  /** The least integer allowed. */
  min?: number;
  /** The inputs inside an object. */
  fields?: Inputs;
  /** The real plugin has this input, the stand-in refuses it, for this reason. */
  refused?: string;
}

export type Inputs = Readonly<Record<string, Input>>;

/** A reason why an input is refused, and where it is (`connection.proxy`). */
export interface Problem {
  property: string;
  reason: string;
}

/** Finds everything that is wrong with a resource's inputs. Values that a preview doesn't know pass. */
export function findProblems(inputs: Inputs, given: Properties, prefix = ''): Problem[] {
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(given)) {
    const property = prefix + name;
    const input = inputs[name];
    if (value === null || isInternal(name)) continue;
    if (!input) {
      problems.push({ property, reason: `unknown input; known here: ${Object.keys(inputs).join(', ')}` });
    } else if (input.refused !== undefined) {
      problems.push({ property, reason: `not supported by the local stand-in: ${input.refused}` });
    } else {
      problems.push(...findValueProblems(input, value, property));
    }
  }
  for (const [name, input] of Object.entries(inputs)) {
    if (input.required && (given[name] ?? null) === null) {
      problems.push({ property: prefix + name, reason: 'required, but missing' });
    }
  }
  return problems;
}

function findValueProblems(input: Input, wrapped: Value, property: string): Problem[] {
  const value = wrapped instanceof Secret ? wrapped.value : wrapped;
  if (value instanceof Unknown) return [];
  if (!isOfKind(input.kind, value)) return [{ property, reason: `expected: ${input.kind}` }];
  if (input.oneOf && !input.oneOf.includes(value as string)) {
    return [
      { property, reason: `given: ${JSON.stringify(value)}, expected one of: ${input.oneOf.join(', ')}` },
    ];
  }
  if (input.min !== undefined && (value as number) < input.min) {
    return [{ property, reason: `given: ${JSON.stringify(value)}, expected at least ${String(input.min)}` }];
  }
  return input.fields ? findProblems(input.fields, value as Properties, `${property}.`) : [];
}

function isOfKind(kind: Input['kind'], value: Value): boolean {
  switch (kind) {
    case 'string':
      return typeof value === 'string';
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'map':
    case 'object':
      return typeof value === 'object' && !Array.isArray(value);
  }
}

/** The inputs with the defaults filled in, nulls left out. */
export function withDefaults(inputs: Inputs, given: Properties): Properties {
  const filled: Properties = {};
  for (const [name, input] of Object.entries(inputs)) {
    if (input.default !== undefined) filled[name] = input.default;
  }
  for (const [name, value] of Object.entries(given)) {
    if (value !== null && !isInternal(name)) filled[name] = value;
  }
  return filled;
}

/** Names such as `__defaults` and `__internal` are bookkeeping of the engine. */
function isInternal(name: string): boolean {
  return name.startsWith('__');
}
