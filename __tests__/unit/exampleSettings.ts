import { judge, type JudgedSettings } from '../../settings/judge';
import { programSettings } from '../engine/programSettings';

/** Valid settings, with changes. */
export function exampleSettings(changes: Record<string, unknown> = {}): JudgedSettings {
  const judgement = judge({ ...programSettings('http://127.0.0.1:7480'), ...changes });
  if ('problems' in judgement) throw new Error(judgement.problems.join('\n'));
  return judgement.settings;
}
