# frozen_string_literal: true

class Status < ApplicationRecord
  include TimeOrderedId

  VISIBILITIES = %w(public unlisted private direct).freeze
  MAX_CHARACTERS = 500

  belongs_to :account
  belongs_to :application, class_name: 'Doorkeeper::Application', optional: true
  belongs_to :in_reply_to, class_name: 'Status', optional: true
  has_many :media_attachments, dependent: :nullify

  validates :visibility, inclusion: { in: VISIBILITIES }
  validates :text, presence: true, if: -> { media_attachments.empty? }
  validates :text, length: { maximum: MAX_CHARACTERS }

  scope :recent, -> { order(id: :desc) }
  scope :publicly_visible, -> { where(visibility: 'public') }

  def visible_to?(viewer) = visibility.in?(%w(public unlisted)) || viewer == account
end
