# frozen_string_literal: true

class HomeController < ApplicationController
  def show
    @statuses = Status.publicly_visible.includes(:account, :media_attachments).recent.limit(20)
    @rules = Rule.ordered
  end
end
