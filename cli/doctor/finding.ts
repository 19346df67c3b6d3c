/** What a check of `bin/mastodon doctor` is given, and what it finds. */
import type { PlainSettings } from '../../settings/types';
import type { RemoteMachine } from '../lib/ssh';
import type { Outside } from './probe';

export interface Context {
  readonly settings: PlainSettings;
  /** The address that all names must lead to. */
  readonly address: string;
  readonly mediaBucket: string;
  readonly outside: Outside;
  readonly machine: RemoteMachine;
  /** Whether test messages are sent. */
  readonly sendsMail: boolean;
}

export interface Finding {
  readonly verdict: 'ok' | 'warning' | 'bad' | 'skipped';
  readonly text: string;
  /** The setting to change, or what else to do. */
  readonly remedy?: string;
}

export const MARKS = { ok: '✓', warning: '!', bad: '✗', skipped: '-' };

export const ok = (text: string): Finding => ({ verdict: 'ok', text });
export const bad = (text: string, remedy: string): Finding => ({ verdict: 'bad', text, remedy });
export const warning = (text: string, remedy: string): Finding => ({ verdict: 'warning', text, remedy });
