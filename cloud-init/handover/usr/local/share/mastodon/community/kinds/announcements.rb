# frozen_string_literal: true

module Community
  # What everybody sees above the timelines. Mastodon's scheduler publishes at the scheduled moment.
  class Announcements < NamedList
    describes 'announcement', list: 'announcements', file: 'announcements.yaml'
    lists ::Announcement, 'text', 'starts_at', 'ends_at', 'all_day', 'published', 'scheduled_at'

    # What was applied as scheduled is published once its moment is past: that is no change.
    def applied = super.transform_values { |value| settled(value) }

    def value(item) = settled(super)

    def summary(item) = item['text'].truncate(60, omission: '…')

    def create(change)
      announcement = ::Announcement.create!(attributes(change.item))
      announcement.unpublish! unless change.item['published']
      tell(announcement, false)
      logged(:create, announcement)
    end

    def update(change)
      announcement = find(change)
      was_published = announcement.published?
      attributes = attributes(change.item)
      announcement.update!(attributes.except(:scheduled_at))
      if attributes[:scheduled_at] then announcement.update!(published: false, scheduled_at: attributes[:scheduled_at])
      elsif !change.item['published'] then announcement.unpublish!
      elsif !was_published then announcement.publish!
      end
      tell(announcement, was_published)
      logged(:update, announcement)
    end

    def delete(change)
      announcement = find(change).tap(&:destroy!)
      tell(announcement, announcement.published?, gone: true)
      logged(:destroy, announcement)
      nil
    end

    private

    def item(record) = super.merge('published' => record.published? || record.scheduled_at.present?)

    def settled(value)
      past = value['scheduled_at'] && Time.iso8601(value['scheduled_at']).past?
      past ? value.merge('scheduled_at' => nil) : value
    end

    def attributes(item) = value(item).except('published').symbolize_keys

    # Open pages.
    def tell(announcement, was_published, gone: false)
      if announcement.published? && !gone then ledger.add_job('publish', announcement.id)
      elsif was_published then ledger.add_job('unpublish', announcement.id)
      end
    end
  end
end
