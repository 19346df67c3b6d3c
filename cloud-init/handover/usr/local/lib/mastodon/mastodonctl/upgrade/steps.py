"""In which order an upgrade does things. What an interrupted run began is resumed by the next one, or begun again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from ..console import Failure
from ..release.records import Release
from ..release.serving import serve
from . import decisions
from .attempt import Attempt, known, refuse
from .decisions import Consequence, Course, Step, after_failure
from .effects import Machine
from .records import Pending

# A release is looked at for so long, until it did its work so many times in a row.
LOOK_SECONDS = 60.0
LOOKS_IN_A_ROW = 5

POST_MIGRATIONS = ("db/post_migrate",)
ALL_MIGRATIONS = ("db/migrate", "db/post_migrate")


def upgrade(machine: Machine) -> None:
    """Raises Failure, with what became of it."""
    wanted = machine.wanted()
    has_schema, recorded, serving, pending = machine.has_schema(), machine.recorded(), machine.serving(), machine.pending()
    run = Run(machine, wanted, recorded or serving)
    match decisions.course(has_schema=has_schema, wanted=wanted, serving=serving, pending=pending):
        case Course.MAKE_SCHEMA:
            run.make_schema()
        case Course.GO_ON if pending is not None:
            run.go_on(pending)
        case Course.STAY if pending is not None:
            run.stay(pending)
        case Course.ADOPT:
            run.adopt(serving)
        case _ if serving is not None:
            run.upgrade_from(serving)
    run.carry_out_tasks()
    run.finish(f"Mastodon {wanted.version} serves")


class Run(Attempt):
    def check(self, name: str, work: Callable[[], None]) -> None:
        """A phase before anything is changed."""
        reason = self.phase(name, work)
        if reason is not None:
            self.fail(Step.CHECK, reason)

    def fail(self, step: Step, why: str, pending: Pending | None = None, new_works: bool = False) -> NoReturn:
        consequence = after_failure(step, new_works)
        if consequence is Consequence.GO_BACK and pending is not None:
            self.go_back(pending, why)
        if consequence is Consequence.OLD_SERVES_ON and pending is not None:
            self.machine.leave_half_way()
            self.give_up(
                f"the migrations of {self.version} failed: {why}. {pending.from_.version} serves on; its schema may have some of the new columns, "
                "which it does not mind."
            )
        if consequence is Consequence.NEW_SERVES_ON:
            self.give_up(
                f"{why}. The server runs {self.version} without them, which it can for a while; run pulumi up again to try them again."
            )
        self.give_up(f"Nothing was changed: {why}")

    # What a run may begin with.

    def make_schema(self) -> None:
        machine = self.machine
        reason = self.phase("make the schema", lambda: machine.rails(self.wanted, "db:prepare"))
        if reason is not None:
            self.give_up(f"the schema could not be made: {reason}")
        serve(machine, self.wanted)
        machine.keep_done(machine.tasks())  # a new server has nothing to catch up on

    def go_on(self, pending: Pending) -> None:
        self.machine.say(f"an upgrade to {self.version} was cut short; continuing")
        # One of the processes may still be of the release before.
        reason = self.phase(f"change over to {self.version}", self.machine.restart)
        if reason is not None:
            self.fail(Step.CHANGE_OVER, reason, pending)
        self.complete(pending)

    def stay(self, pending: Pending) -> None:
        why = f"an upgrade to {pending.to.version} was cut short, and the settings name {self.version} again"
        self.machine.say(f"{why}. {self.retreat(pending, why)}")

    def adopt(self, serving: Release | None) -> None:
        machine, before = self.machine, self.before
        same = before is not None and before.version == self.version
        if before is not None:
            self.check("check the way", lambda: self.check_path(before))
            self.check("check the schema", lambda: self.check_schema(before))
        if not same or serving is None:
            reason = self.phase("bring the schema up to date", lambda: machine.rails(self.wanted, "db:migrate"))
            if reason is not None:
                known = before.version if before else "(unknown)"
                self.give_up(f"the database of Mastodon {known} could not be brought to {self.version}: {reason}")
        # A first set-up that was cut short made the tables, and nothing in them: no roles, no account of the server's own. Seeds may be
        # planted twice.
        if before is None and not machine.has_users():
            reason = self.phase("finish what the first set-up began", lambda: machine.rails(self.wanted, "db:seed"))
            if reason is not None:
                self.give_up(f"the first set-up could not be finished: {reason}")
        if same and machine.done_tasks() is None:
            machine.keep_done(machine.tasks())
        serve(machine, self.wanted)

    def upgrade_from(self, serving: Release) -> None:
        machine, before = self.machine, self.before or serving
        self.check("check the way", lambda: self.check_path(before))
        self.check("check the image", self.check_image)
        self.check("check the schema", lambda: self.check_schema(before))
        self.check("check the disk", self.check_room)
        self.check("back up, and prove the backup", machine.back_up)
        self.check("mark the restore point", lambda: self.mark_restore_point(serving))
        pending = machine.pending()
        if pending is None:
            raise Failure("the record of the restore point is gone; nothing was changed. Run pulumi up again")
        reason = self.phase("migrations before the change", lambda: machine.rails(self.wanted, "db:migrate", without_post=True))
        if reason is not None:
            self.fail(Step.MIGRATIONS, reason, pending)
        reason = self.phase(f"change over to {self.version}", self.change_over)
        if reason is not None:
            self.fail(Step.CHANGE_OVER, reason, pending)
        self.complete(pending)

    # Its phases.

    def check_path(self, before: Release) -> None:
        refuse(decisions.path_problem(before.version, self.version))

    def check_image(self) -> None:
        refuse(decisions.image_problem(self.wanted, self.machine.version_in(self.wanted)))

    def check_schema(self, before: Release) -> None:
        """Between patches of one minor version there may be migrations, too."""
        if self.version < before.version:
            known = self.machine.migrations(self.wanted, ALL_MIGRATIONS)
            refuse(decisions.schema_problem(before.version, self.version, self.machine.carried_out(), known))

    def check_room(self) -> None:
        refuse(decisions.room_problem(self.machine.room(), self.machine.databases_size()))

    def mark_restore_point(self, serving: Release) -> None:
        machine = self.machine
        kept, earlier = self.kept_points(serving)
        if kept is None:
            point = f"before-{self.version}"
            pending = Pending(serving, self.wanted, point, machine.mark_restore_point(point), earlier)
        else:
            machine.say(f"the restore point stays that of {kept.moment}: {serving.version} may not work behind it")
            pending = replace(kept, to=self.wanted)
        machine.keep_pending(pending)
        self.report.point, self.report.moment = pending.point, pending.moment

    def kept_points(self, serving: Release) -> tuple[Pending | None, str]:
        machine = self.machine
        before = machine.pending() or machine.half_way()
        if before is None or before.from_ != serving:
            return None, ""
        lacking = machine.carried_out() - machine.migrations(serving, ALL_MIGRATIONS)
        theirs = known(lambda: machine.migrations(before.to, POST_MIGRATIONS)) or frozenset()  # its image may be gone
        return decisions.kept_points(before, lacking, lacking & (theirs | machine.migrations(self.wanted, POST_MIGRATIONS)))

    def change_over(self) -> None:
        serve(self.machine, self.wanted)
        self.machine.restart()

    def look(self, release: Release) -> None:
        """As visitors see it, and for a while."""
        machine = self.machine
        well, why, deadline = 0, "", machine.clock() + LOOK_SECONDS
        while machine.clock() < deadline:
            why = machine.answers(release)
            well = 0 if why else well + 1
            if well >= LOOKS_IN_A_ROW:
                return
            machine.sleep(1)
        raise Failure(f"Mastodon {release.version} does not answer as it should: {why}")

    def complete(self, pending: Pending) -> None:
        """From here on the new release serves; a run that is cut short resumes here."""
        machine, look = self.machine, lambda: self.look(self.wanted)
        reason = self.phase(f"look at {self.version}", look)
        if reason is not None:
            self.fail(Step.LOOK, reason, pending)
        reason = self.phase("post-deployment migrations", lambda: machine.rails(self.wanted, "db:migrate"))
        if reason is not None:
            why = f"the post-deployment migrations of {self.version} failed: {reason}"
            works = self.phase(f"look at {self.version}", look) is None
            self.fail(Step.POST_MIGRATIONS, why, pending, works)
        reason = self.phase(f"look at {self.version} again", look)
        if reason is not None:
            self.fail(Step.LOOK_AGAIN, reason, pending)
        machine.end_pending()

    def carry_out_tasks(self) -> None:
        """Tasks that the release's notes demand: each once, in the order of the setting."""
        machine = self.machine
        done = machine.done_tasks() or []
        for task in machine.tasks():
            if task in done:
                continue
            reason = self.phase(task.command, lambda task=task: machine.run_task(self.wanted, task.command))  # type: ignore[misc]
            if reason is not None:
                self.give_up(
                    f"{self.version} serves, but its task '{task.command}' failed: {reason}. Correct mastodon.tasks, or run pulumi up again"
                )
            done = [*done, task]
            machine.keep_done(done)

    # The revert.

    def go_back(self, pending: Pending, why: str) -> NoReturn:
        """To the release before, and only if that can't live with the schema any more to the restore point."""
        self.give_up(f"{why}. {self.retreat(pending, why)}")

    def retreat(self, pending: Pending, why: str) -> str:
        """What became of it. Raises Failure where no release serves in the end."""
        machine, old = self.machine, pending.from_
        lasting = self.lasting(old, pending.to)
        machine.say(f"going back to {old.version} …")
        if lasting:
            reason: str | None = f"post-deployment migrations that {old.version} does not know were carried out: {' '.join(lasting)}"
            serve(machine, old)
        else:
            reason = self.phase(f"back to {old.version}", lambda: self.back_to(old))
            if reason is None:
                machine.drop_pending()
                return f"The server went back to {old.version}; nothing that people wrote is lost."
        machine.warn(str(reason))
        for moment in filter(None, (pending.moment, pending.earlier)):
            self.take_database_back(old, moment, why)
            reason = self.phase(f"look at {old.version}", lambda: self.look(old))
            if reason is None:
                break
        else:
            self.give_up(f"{why}. The server went back to {old.version} and the database to {moment}, and still: {reason}")
        machine.drop_pending()
        return (
            f"{old.version} does not run on the new schema, so the database went back, too, to {moment}; what was written since is left out. "
            "To have it back: see docs/upgrades.md"
        )

    def take_database_back(self, old: Release, moment: str, why: str) -> None:
        reason = self.phase(f"the database back to {moment}", lambda: self.machine.restore(moment))
        if reason is not None:
            self.give_up(
                f"{why}. {old.version} does not run on the new schema either, and the database could not be taken back: {reason}. "
                f"Run: sudo mastodon-restore --to '{moment}'"
            )

    def back_to(self, old: Release) -> None:
        serve(self.machine, old)
        self.machine.restart()
        self.look(old)

    def lasting(self, old: Release, new: Release) -> list[str]:
        machine = self.machine
        return decisions.lasting(
            known(machine.carried_out),
            known(lambda: machine.migrations(new, POST_MIGRATIONS)),
            known(lambda: machine.migrations(old, ALL_MIGRATIONS)),
        )
