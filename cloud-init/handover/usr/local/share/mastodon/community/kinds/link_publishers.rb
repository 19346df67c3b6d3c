# frozen_string_literal: true

module Community
  # Sites whose links may trend, or may not. The others wait for a review.
  class LinkPublishers < ListKind
    describes 'linkPublisher', list: 'link_publishers', file: 'link-publishers.yaml'
    lists ::PreviewCardProvider, 'trendable', log: false

    def key(item) = item['domain']

    def create(change) = review(::PreviewCardProvider.find_or_create_by!(domain: change.key), change.item['trendable'], Time.now.utc)

    def update(change) = review(find(change), change.item['trendable'], Time.now.utc)

    # The site stays; what was decided of it is taken back.
    def delete(change) = review(find(change), nil, nil)

    private

    def review(publisher, trendable, reviewed_at)
      publisher.update!(trendable:, reviewed_at:)
      nil
    end

    def records = ::PreviewCardProvider.where.not(reviewed_at: nil).or(::PreviewCardProvider.where(domain: ledger.values(name).keys))

    def item(record) = { 'domain' => record.domain, 'trendable' => record.trendable || false }
  end
end
