/** What Pulumi's engine says of its work, and what its state has. */

/** One event of the engine, as in Pulumi's `apitype.EngineEvent`. */
export interface EngineEvent {
  sequence: number;
  timestamp: number;
  resourcePreEvent?: { metadata: StepMetadata };
  resOutputsEvent?: { metadata: StepMetadata };
  resOpFailedEvent?: { metadata: StepMetadata };
  diagnosticEvent?: { urn?: string; message: string; severity: string };
  summaryEvent?: { resourceChanges: Record<string, number>; durationSeconds: number };
  [kind: string]: unknown;
}

/** One step that the engine takes for one resource. */
export interface StepMetadata {
  /** `same`, `create`, `update`, `replace`, `delete`… */
  op: string;
  urn: string;
  type: string;
  /** The properties that differ, at the top level. */
  diffs?: string[];
  /** Those of them that a replacement is for. */
  keys?: string[];
  detailedDiff?: Record<string, { diffKind: string; inputDiff: boolean }> | null;
  /** The resource as the state knows it, and as it will be. */
  old?: { inputs?: Record<string, unknown> } | null;
  new?: { inputs?: Record<string, unknown> } | null;
}

/** What one command did. */
export interface Result {
  exitCode: number;
  stdout: string;
  stderr: string;
  seconds: number;
  events: EngineEvent[];
  /** How many resources had which step: `{ create: 3, same: 1 }`. */
  changes: Record<string, number>;
}

/** A command that failed: its message holds all that it printed, `result` the rest. */
export class PulumiError extends Error {
  constructor(
    readonly command: string,
    readonly result: Result,
  ) {
    super(`${command}: exit code ${result.exitCode.toString()}\n${result.stdout}\n${result.stderr}`);
  }
}

/** A state as `pulumi stack export` writes it. */
export interface Deployment {
  version: number;
  deployment: { resources?: DeployedResource[]; [part: string]: unknown };
}

export interface DeployedResource {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  protect?: boolean;
  [part: string]: unknown;
}
