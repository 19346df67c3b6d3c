import type { Cloud } from './cloud';
import { CivoError } from './errors';
import { inventory } from './inventory';
import { NO_QUOTA, type QuotaLimits } from './options';

/**
 * What the account uses, over all regions. What is deleted continues to be counted for a while: a few minutes, say Civo's
 * docs (account/quota).
 */
export function usage({ state, settings }: Cloud): QuotaLimits {
  const since = new Date(Date.now() - settings.timings.quotaLag).toISOString();
  const late = state.ledger.filter((entry) => entry.to !== undefined && entry.to > since);
  const total: QuotaLimits = { ...NO_QUOTA };
  for (const { uses } of [...inventory(state), ...late]) {
    for (const name of Object.keys(uses) as (keyof QuotaLimits)[]) total[name] += uses[name] ?? 0;
  }
  return total;
}

/**
 * @param more what is about to be used on top
 * @throws `quota_limit_reached`, with a line for each limit that would be passed. [unproven: quota-status] Its status.
 */
export function requireQuota(cloud: Cloud, more: Partial<QuotaLimits>): void {
  const used = usage(cloud);
  const { quota } = cloud.settings;
  const missing = (Object.keys(more) as (keyof QuotaLimits)[])
    .filter((name) => used[name] + (more[name] ?? 0) > quota[name])
    .map(
      (name) =>
        `${name}: ${String(used[name])} of ${String(quota[name])} used, ${String(more[name])} more asked for`,
    );
  if (missing.length > 0) throw new CivoError(403, 'quota_limit_reached', missing.join('\n'));
}
