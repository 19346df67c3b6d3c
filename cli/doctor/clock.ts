/** The server's clock, by the Date header of its answers. */
import { bad, type Finding, ok, type Context } from './finding';

/** Some servers refuse signatures that are older, in seconds. */
const TOLERATED = 60;

export async function clock({ settings, outside }: Pick<Context, 'settings' | 'outside'>): Promise<Finding> {
  const asked = Date.now();
  const { headers } = await outside.get(`https://${settings.webDomain}/health`);
  // The header has whole seconds, and may be of any moment between question and answer.
  const [begin, end] = [asked - 1_000, Date.now()];
  const told = Date.parse(headers.date ?? '');
  if (Number.isNaN(told)) return bad('the answer has no Date header', 'Is there a proxy in front of it?');
  const away = Math.round(Math.max(begin - told, told - end, 0) / 1000);
  if (away <= TOLERATED) return ok('as this computer’s');
  return bad(
    `${String(away)} s ${told < begin ? 'behind' : 'ahead of'} this computer’s`,
    'One of the two is wrong: timedatectl, on both. Other servers refuse what one signs whose clock is wrong',
  );
}
