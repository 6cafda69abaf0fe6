// A small editor of orders, written as users of Restangular write them; window.API comes from /config.js.
'use strict';

angular.module('shop', ['restangular'])
  .config(['RestangularProvider', function (RestangularProvider) {
    RestangularProvider.setBaseUrl(window.API);
    // Elements of lists bring their tag in the field `etag`.
    RestangularProvider.setRestangularFields({etag: 'etag'});
  }])
  .controller('Editor', ['Restangular', function (Restangular) {
    var editor = this;
    var customer = new URLSearchParams(window.location.search).get('customer');
    editor.fields = ['note', 'status', 'version'];

    // What was read, what is being edited.
    function begin(order, message) {
      editor.base = order.plain();
      editor.mine = order;
      editor.refused = null;
      editor.message = message;
    }

    editor.load = function () {
      return Restangular.all('orders').getList({customer_id: 'eq.' + customer, order: 'id'})
        .then(function (orders) { editor.orders = orders; });
    };

    editor.edit = function (order) {
      begin(order, '');
    };

    // Restangular sends the tag as If-Match by itself; what comes back has the new tag.
    editor.save = function () {
      editor.message = 'saving';
      return editor.mine.put().then(function (saved) {
        begin(saved, 'saved');
      }, function (answer) {
        editor.message = 'refused: ' + answer.status;
        if (answer.status === 412)
          editor.refused = answer.data;
      });
    };

    // Three ways: their state, with the fields that were changed here on top; sent with their tag.
    editor.merge = function () {
      var merged = angular.copy(editor.refused.current);
      ['note', 'status'].forEach(function (field) {
        if (editor.mine[field] !== editor.base[field])
          merged[field] = editor.mine[field];
      });
      merged.etag = editor.refused.current_etag;
      // From now on their state is what was read: a field of theirs must not count as changed here the next time.
      editor.base = editor.refused.current;
      editor.mine = Restangular.restangularizeElement(null, merged, 'orders', true);
      return editor.save();
    };

    // Without a customer the page only lends its Restangular to the tests.
    if (customer)
      editor.load();
  }]);
