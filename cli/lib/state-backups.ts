/** The stack's state, kept as a file: `pulumi stack import --file FILE` brings it back. Its secrets stay encrypted. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './checkout';
import { given, type PulumiCli } from './pulumi-cli';

export interface Resource {
  readonly urn: string;
  readonly id?: string;
  readonly protect?: boolean;
}

/** A resource with all that the state has of it. */
export interface WholeResource extends Resource {
  type: string;
  custom?: boolean;
  /** It was replaced, and is still to be deleted. */
  delete?: boolean;
  /** It was deleted, and its replacement is still to be made. */
  pendingReplacement?: boolean;
  /** Every run reads it again before it changes anything. */
  refreshBeforeUpdate?: boolean;
  inputs?: Readonly<Record<string, unknown>>;
  outputs?: Readonly<Record<string, unknown>>;
  parent?: string;
  /** The URN and the id of its provider. */
  provider?: string;
  dependencies?: readonly string[];
  propertyDependencies?: Readonly<Record<string, readonly string[] | null>>;
}

/** What a run had begun when it was killed. */
export interface PendingOperation {
  type: 'creating' | 'updating' | 'deleting' | 'reading' | 'importing';
  resource: WholeResource;
}

export interface Deployment {
  resources?: WholeResource[];
  pending_operations?: PendingOperation[];
}

/** Writes the state down (in STATES, `.local/states` by default) and returns it, as `pulumi stack export` prints it. */
export async function keepState(pulumi: PulumiCli): Promise<string> {
  const stack = await pulumi.stackName();
  const state = await pulumi.output(['stack', 'export']);
  const folder = statesFolder();
  const file = join(folder, `${stack}-${new Date().toISOString().replaceAll(':', '')}.json`);
  writeFileSync(file, state, { mode: 0o600 });
  console.log(`The previous state: ${file}`);
  return state;
}

/** The folder, made if it isn't there. */
export function statesFolder(): string {
  const folder = given('STATES') ?? join(CHECKOUT, '.local', 'states');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

export function resourcesIn(state: string): readonly Resource[] {
  return deploymentIn(state).resources ?? [];
}

export function deploymentIn(state: string): Deployment {
  return (JSON.parse(state) as { deployment?: Deployment }).deployment ?? {};
}
