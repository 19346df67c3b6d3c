import type { PlainSettings } from '../../settings/types';
import { validate } from '../../settings/validate';
import { programSettings } from './program-settings';

/** Valid settings, with changes. */
export function exampleSettings(changes: Record<string, unknown> = {}): PlainSettings {
  const validation = validate({ ...programSettings('http://127.0.0.1:7480'), ...changes });
  if ('problems' in validation) throw new Error(validation.problems.join('\n'));
  return validation.settings;
}
