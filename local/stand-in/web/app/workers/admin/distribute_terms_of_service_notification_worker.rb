# frozen_string_literal: true

module Admin
  # Notifies people of new terms: recent visitors by mail, the others by a page on their next visit.
  class DistributeTermsOfServiceNotificationWorker
    include Sidekiq::Job

    def perform(terms_of_service_id)
      terms = TermsOfService.find_by(id: terms_of_service_id)
      return if terms.nil?

      terms.scope_for_interstitial.update_all(require_tos_interstitial: true)
      terms.scope_for_notification.find_each { |user| UserMailer.terms_of_service_changed(user, terms).deliver_later }
    end
  end
end
