import { Struct, type JavaScriptValue } from 'google-protobuf/google/protobuf/struct_pb';

/**
 * Property values as the Pulumi engine exchanges them: JSON, plus "secret" and "not known yet" (in a preview).
 * On the wire both are encoded inside JSON, by the signatures below, which are fixed by Pulumi's protocol.
 */
export type Value = null | boolean | number | string | Value[] | Properties | Secret | Unknown;

/** A resource's inputs or outputs, by name. */
export interface Properties {
  [name: string]: Value;
}

/** A value that must be encrypted wherever it is stored. */
export class Secret {
  constructor(readonly value: Value) {}
}

/** A value that a preview can't know. */
export class Unknown {
  readonly isUnknown = true;
}

export const UNKNOWN = new Unknown();

const SIGNATURE_KEY = '4dabf18193072939515e22adb298388d';
const SECRET_SIGNATURE = '1b47061264138c4ac30d75fd1eb44270';
const UNKNOWN_SENTINELS: ReadonlySet<string> = new Set([
  '04da6b54-80e4-46f7-96ec-b56ff0331ba9', // string, and anything whose type isn't known either
  '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7', // boolean
  '3eeb2bf0-c639-47a8-9e75-3b44932eb421', // number
  '6a19a0b0-7e62-4c92-b797-7f8e31da9cc2', // array
  '030794c1-ac77-496b-92df-f27374a8bd58', // asset
  'e48ece36-62e2-4504-bad9-02848725956a', // archive
  'dd056dcd-154b-4c76-9bd3-c8f88648b5ff', // object
]);
const UNKNOWN_SENTINEL = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** Reads properties from a gRPC message; an absent one is empty. */
export function decode(struct: Struct | undefined): Properties {
  return struct ? (decodeValue(struct.toJavaScript()) as Properties) : {};
}

function decodeValue(wire: JavaScriptValue): Value {
  if (typeof wire === 'string') return UNKNOWN_SENTINELS.has(wire) ? UNKNOWN : wire;
  if (wire === null || typeof wire !== 'object') return wire;
  if (Array.isArray(wire)) return wire.map(decodeValue);
  const object = wire as Record<string, JavaScriptValue>;
  const signature = object[SIGNATURE_KEY];
  if (signature === SECRET_SIGNATURE) return new Secret(decodeValue(object.value ?? null));
  if (signature !== undefined) {
    throw new Error('assets, archives and resource references are not supported by the local stand-in');
  }
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, decodeValue(value)]));
}

/** Writes properties for a gRPC message. */
export function encode(properties: Properties): Struct {
  return Struct.fromJavaScript(encodeValue(properties) as Record<string, JavaScriptValue>);
}

function encodeValue(value: Value): JavaScriptValue {
  if (value instanceof Unknown) return UNKNOWN_SENTINEL;
  if (value instanceof Secret) return { [SIGNATURE_KEY]: SECRET_SIGNATURE, value: encodeValue(value.value) };
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(encodeValue);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, encodeValue(part)]));
}

/** A property value without secrets and unknowns. */
export type Plain = null | boolean | number | string | Plain[] | PlainProperties;

export interface PlainProperties {
  [name: string]: Plain;
}

/** The value with every secret opened. Unknowns become null: look for them first where it matters. */
export function plain(value: Properties): PlainProperties;
export function plain(value: Value): Plain;
export function plain(value: Value): Plain {
  if (value instanceof Secret) return plain(value.value);
  if (value instanceof Unknown || value === null) return null;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
}

/** Whether a secret is anywhere inside. */
export function hasSecret(value: Value): boolean {
  return value instanceof Secret || children(value).some(hasSecret);
}

/** Whether an unknown is anywhere inside. */
export function hasUnknown(value: Value): boolean {
  if (value instanceof Secret) return hasUnknown(value.value);
  return value instanceof Unknown || children(value).some(hasUnknown);
}

function children(value: Value): Value[] {
  if (value === null || typeof value !== 'object' || value instanceof Secret || value instanceof Unknown)
    return [];
  return Object.values(value);
}
