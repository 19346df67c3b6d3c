# frozen_string_literal: true

module Community
  # All that a run does, decided before anything is done.
  class Plan
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

    # All in one transaction: a run that is cut short has done nothing. And Mastodon refreshes its list of known servers once, which
    # takes seconds on a large one.
    def carry_out(ledger)
      ApplicationRecord.transaction do
        changes.group_by(&:kind).each { |kind, all| kind.apply(all) { |refused, reason| refuse(refused, reason) } }
        ledger.save
      end
      ledger.hand_over_jobs
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
