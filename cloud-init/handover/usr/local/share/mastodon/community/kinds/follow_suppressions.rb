# frozen_string_literal: true

module Community
  # Accounts that Mastodon never recommends.
  class FollowSuppressions < ListKind
    describes 'followSuppression', list: 'follow_suppressions', file: 'follow-suppressions.yaml'
    lists ::FollowRecommendationSuppression, log: false

    def key(item) = item['account']

    def create(change)
      account = ::Account.find_remote(*change.key.split('@', 2).values_at(0, 1))
      raise Refused, "the server does not know an account #{change.key}; search for it once in the web interface" unless account

      ::FollowRecommendationSuppression.create!(account:)
      nil
    end

    private

    def records = ::FollowRecommendationSuppression.includes(:account)

    def item(record) = { 'account' => record.account.acct.downcase }
  end
end
