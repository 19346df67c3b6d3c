import { Secret, Unknown, type Properties, type Value } from './values';

/** How one property, named by its path (`connection.host`, `triggers[0]`), differs. */
export interface Difference {
  path: string;
  kind: 'add' | 'delete' | 'update';
}

/** Lists what differs between old and new properties. That a value is secret is no difference. */
export function differences(old: Properties, next: Properties): Difference[] {
  const names = new Set([...Object.keys(old), ...Object.keys(next)]);
  return [...names].flatMap((name) => compare(name, old[name], next[name]));
}

function compare(path: string, oldWrapped: Value | undefined, nextWrapped: Value | undefined): Difference[] {
  const old = open(oldWrapped);
  const next = open(nextWrapped);
  if (old === null && next === null) return [];
  if (old === null) return [{ path, kind: 'add' }];
  if (next === null) return [{ path, kind: 'delete' }];
  if (old instanceof Unknown || next instanceof Unknown) return [{ path, kind: 'update' }];
  if (Array.isArray(old) && Array.isArray(next)) {
    const longer = old.length > next.length ? old : next;
    return longer.flatMap((_, index) => compare(`${path}[${index.toString()}]`, old[index], next[index]));
  }
  if (isObject(old) && isObject(next)) {
    return differences(old, next).map((inner) => ({ ...inner, path: `${path}.${inner.path}` }));
  }
  return old === next ? [] : [{ path, kind: 'update' }];
}

function open(value: Value | undefined): Exclude<Value, Secret> {
  if (value === undefined) return null;
  return value instanceof Secret ? open(value.value) : value;
}

function isObject(value: Exclude<Value, Secret>): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
}
