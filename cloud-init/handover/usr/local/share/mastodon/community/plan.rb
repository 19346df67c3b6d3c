# frozen_string_literal: true

module Community
  # All that a run does, decided before anything is done.
  class Plan
    # One transaction each: Mastodon refreshes its list of known servers after a commit, which takes seconds on a large one.
    GROUP = 100

    attr_reader :changes, :conflicts, :drift, :refusals

    def initialize(kinds, document, taken)
      @taken = taken
      @refusals = []
      @changes = kinds.flat_map { |kind| decide(kind, document) }.reject { |change| change.action == :nothing }
      @conflicts = take_out(:conflict)
      @drift = take_out(:drift)
    end

    def suspended_domains
      changes.filter_map { |change| change.key if change.kind.is_a?(DomainBlocks) && change.kind.begins_suspension?(change) }
    end

    def carry_out(ledger)
      changes.group_by(&:kind).each do |kind, all|
        all.each_slice(GROUP) do |group|
          ApplicationRecord.transaction do
            kind.apply(group) { |refused, reason| refuse(refused, reason) }
            ledger.save
          end
          ledger.hand_over_jobs
        end
      end
    end

    private

    def decide(kind, document)
      applied = kind.applied
      return applied.keys.map { |key| Change.new(kind:, key:, action: :forget) } if kind.off?(document)

      wanted = kind.wanted(document)
      present = kind.present(wanted)
      (kind.removable? ? wanted.keys | applied.keys : wanted.keys).map do |key|
        change = Change.new(kind:, key:, item: wanted[key], was: present[key])
        change.action = Change.decide(change.value, applied[key], change.before)
        change.action = Change.overwrite(change.item, change.was) if taken?(change)
        change
      end
    end

    def taken?(change) = %i(conflict drift).include?(change.action) && @taken.include?(change.name)

    def take_out(action)
      taken, @changes = @changes.partition { |change| change.action == action }
      taken
    end

    def refuse(refused, reason)
      refused.each { |change| refusals << [change, reason] }
      @changes -= refused
    end
  end
end
