import { changedEffects, effectsOf, told } from '../../cloud-init/effects';
import type { BundleFile } from '../../cloud-init/template';

const file = (path: string, content: string): BundleFile => ({ path, mode: '644', content });

const MACHINE = { generation: 1, size: 'g3.medium', image: 'debian-13', mastodon: { version: '4.6.5' } };
const FILES = [
  file(
    'root/etc/containers/systemd/web@.container',
    '[Unit]\nX-Restart-Triggers=/etc/web.env /etc/web/%i.conf\n',
  ),
  file('handover/etc/systemd/system/proxy.service.d/ours.conf', 'X-Reload-Triggers=/etc/proxy/*.conf\n'),
  file('root/etc/web.env', 'A=1\n'),
  file('handover/etc/web/1.conf', 'one\n'),
  file('root/etc/proxy/site.conf', 'site\n'),
  file('root/etc/proxy/below/site.conf', 'site\n'),
  file('converge', 'a script\n'),
];
const before = effectsOf(MACHINE, FILES);

/** What a change of one file does. */
const change = (path: string) =>
  told(
    changedEffects(
      before,
      effectsOf(
        MACHINE,
        FILES.map((one) => (one.path === path ? file(path, 'changed\n') : one)),
      ),
    ),
  );

describe('what a change does on the machine', () => {
  test('is what the units say that name the file', () => {
    expect(change('root/etc/web.env')).toBe('restarts web@.service');
    expect(change('handover/etc/web/1.conf')).toBe('restarts web@.service');
    expect(change('root/etc/proxy/site.conf')).toBe('reloads proxy.service');
  });

  test('is nothing to units for files that none names', () => {
    for (const path of ['converge', 'root/etc/proxy/below/site.conf'])
      expect(change(path)).toBe('writes files that need no restart');
  });

  test('is a reboot, or a new machine, before all else', () => {
    const all = FILES.map(({ path, content }) => file(path, `${content}# changed\n`));
    expect(told(changedEffects(before, effectsOf({ ...MACHINE, size: 'g3.large' }, all)))).toBe(
      'reboots the machine',
    );
    expect(told(changedEffects(before, effectsOf({ ...MACHINE, generation: 2 }, all)))).toBe(
      'makes a new machine, which takes over',
    );
  });

  test('names a limit of other servers’ media where it is new or lower, a reboot or not', () => {
    const limited = (remoteMediaGb: number, size = MACHINE.size) =>
      effectsOf({ ...MACHINE, size, housekeeping: { remoteMediaGb } }, FILES);
    const more = "has housekeeping delete more of other servers' media (which: bin/mastodon remote-media)";
    expect(changedEffects(before, limited(100))).toEqual([more]);
    expect(changedEffects(limited(100), limited(99))).toEqual([more]);
    expect(changedEffects({}, limited(0))).not.toContain(more);
    for (const now of [100, 101, 0]) expect(changedEffects(limited(100), limited(now))).toEqual([]);
    expect(changedEffects(limited(0), limited(9, 'g3.large'))).toEqual(['reboots the machine', more]);
  });

  test('reads as the end of a sentence', () => {
    expect(
      told(['restarts a.service', 'restarts b.service', 'restarts c@.service', 'reloads d.service']),
    ).toBe('restarts a.service, b.service and c@.service; reloads d.service');
  });
});
